import { rmsDb, steepestStep } from '@bandstand/test-support';
import { describe, expect, test } from 'vitest';
import { between, file, hear, sha256, take } from '../../test/audio/audio-fixture.ts';
import { audioSuite } from '../../test/audio/audio-suite.ts';
import { packetHashes } from '../../test/audio/media-folder.ts';
import { FRAME_MS } from './frame.ts';
import type { Playback } from './playback.ts';
import { unpackFrames } from './thread/frame-batch.ts';
import { BUFFER_FRAMES, type PlaybackMessage } from './thread/messages.ts';

const suite = audioSuite();

const TONE_HZ = 437;
const AMPLITUDE = 0.251;
/** Of the tone, between two neighbouring samples. */
const OWN_STEEPEST = AMPLITUDE * ((2 * Math.PI * TONE_HZ) / 48_000);
/** Where the tone is cut: neither in a frame nor in a wave at its beginning. */
const CUT_S = 1.2347;

/** One tone of two seconds, cut in two files. */
async function cutTone(name: string, args: readonly string[]): Promise<readonly [string, string]> {
  const tone = (from: number, to: number) => {
    const wave = `${AMPLITUDE}*sin(2*PI*${TONE_HZ}*(t+${from}))`;
    return ['-f', 'lavfi', '-i', `aevalsrc=${wave}|${wave}:d=${to - from}:s=48000`, ...args];
  };
  const first = await suite.folder.make(`1-${name}`, tone(0, CUT_S));
  return [first, await suite.folder.make(`2-${name}`, tone(CUT_S, 2.4))];
}

/** Resolves with the audio thread's message that is waited for: what it makes may come too late for one who takes so fast. */
function heardFrom(
  playback: Playback,
  isWanted: (message: PlaybackMessage, playback: Playback) => boolean,
): Promise<void> {
  const heard = Promise.withResolvers<void>();
  const receive = playback.receive.bind(playback);
  playback.receive = (message) => {
    receive(message);
    if (isWanted(message, playback)) heard.resolve();
  };
  return heard.promise;
}

/** The last frame, made with another one mixed in. */
function isLastFrame(message: PlaybackMessage, { totalFrames }: Playback): boolean {
  if (message.type !== 'frames' || message.generation === 0) return false;
  return message.firstFrame + [...unpackFrames(message.packed)].length === totalFrames;
}

describe.each([
  ['WebM/Opus', 'cut.webm', ['-c:a', 'libopus', '-b:a', '160k']],
  ['Ogg/Opus', 'cut.ogg', ['-c:a', 'libopus', '-b:a', '160k']],
  ['FLAC', 'cut.flac', []],
  ['MP3', 'cut.mp3', ['-b:a', '192k']],
] as [string, string, string[]][])('a tone that is cut in two files of %s', (_title, name, args) => {
  test('sounds on where they meet: no frame between, no step, no hole; all other packets are the source’s', async () => {
    const [first, second] = await cutTone(name, args);
    const a = await suite.audio.open(file(first));
    const b = await suite.audio.open(file(second), { near: [a] });
    await Promise.all([a.ready(BUFFER_FRAMES), b.ready(BUFFER_FRAMES)]);
    const made = Promise.all([heardFrom(a, isLastFrame), heardFrom(b, ({ type }) => type === 'fades')]);
    a.blendInto(b, 0);
    const ending = await take(a, 30);
    await made;
    ending.push(...(await take(a)));
    expect(a.status).toBe('ended');
    expect(b.framesTaken).toBe(2);
    const beginning = await take(b);
    await Promise.all([a.close(), b.close()]);

    const meetMs = (ending.length - 2) * FRAME_MS;
    const heard = hear([...ending, ...beginning]);
    expect(steepestStep(between(heard, 100, 2_200))).toBeLessThan(OWN_STEEPEST * 1.5);
    const whole = rmsDb(between(heard, 300, 900));
    for (let atMs = meetMs - 40; atMs < meetMs + 80; atMs += 5) {
      expect(rmsDb(between(heard, atMs, atMs + 20)) - whole).toBeGreaterThan(-8);
      expect(rmsDb(between(heard, atMs, atMs + 20)) - whole).toBeLessThan(3.5);
    }

    if (!args.includes('libopus')) return;
    expect(ending.slice(0, -2).map(sha256)).toEqual((await packetHashes(first)).slice(0, -2));
    expect(beginning.slice(3).map(sha256)).toEqual((await packetHashes(second)).slice(5));
  });
});
