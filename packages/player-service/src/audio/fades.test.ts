import { steepestStep, tonePhase } from '@bandstand/test-support';
import { describe, expect, test } from 'vitest';
import { atVolume, between, file, hear, sha256, take } from '../../test/audio/audio-fixture.ts';
import { audioSuite } from '../../test/audio/audio-suite.ts';
import { packetHashes } from '../../test/audio/media-folder.ts';
import { FRAME_MS, FRAME_SAMPLES, SILENCE_FRAME, SILENCE_FRAMES_BEFORE_PAUSE } from './frame.ts';
import type { Playback } from './playback.ts';
import { BUFFER_FRAMES } from './thread/messages.ts';

const suite = audioSuite();

const TONE_HZ = 440;
const AMPLITUDE = 0.251;
/** Of the test tone, between two neighbouring samples; the encoder adds a little. */
const STEEPEST = AMPLITUDE * ((2 * Math.PI * TONE_HZ) / 48_000) * 1.2;
const OPUS = ['-c:a', 'libopus', '-b:a', '128k'];
const SILENCE = Array<Buffer>(SILENCE_FRAMES_BEFORE_PAUSE).fill(SILENCE_FRAME);

/** Resolves once the audio thread made the frames that fade, which a busy machine may do too late to be heard. */
function fadesOf(playback: Playback): Promise<void> {
  const made = Promise.withResolvers<void>();
  const receive = playback.receive.bind(playback);
  playback.receive = (message) => {
    receive(message);
    if (message.type === 'fades') made.resolve();
  };
  return made.promise;
}

/** Takes so many frames, then those in which it falls silent for another one. */
async function takeUntilSilent(playback: Playback, count: number, next?: Playback): Promise<Buffer[]> {
  const frames = await take(playback, count);
  const silent = Promise.withResolvers<void>();
  const made = [fadesOf(playback), ...(next === undefined ? [] : [fadesOf(next)])];
  playback.fadeOut(silent.resolve);
  next?.comeIn();
  await Promise.all(made);
  for (let frame = playback.next(); frame !== undefined; frame = playback.next())
    frames.push(Buffer.from(frame));
  await silent.promise;
  return frames;
}

const MEDIA = [
  ['passed through', 'a.webm', OPUS, 100],
  ['decoded from Opus', 'b.webm', OPUS, 80],
  ['decoded by ffmpeg', 'a.mp3', ['-b:a', '192k'], 100],
] as [string, string, string[], number][];

describe.each(MEDIA)('a track that is %s', (_title, name, args, volume) => {
  test('is paused with the frame that fades and goes on where it was, without a click', async () => {
    const path = await suite.folder.tone(name, args, { seconds: 3 });
    const playback = await suite.audio.open(file(path), { sound: atVolume(volume) });
    const before = await takeUntilSilent(playback, 40);
    const pausedAtMs = playback.positionMs;
    expect(playback.next()).toBeUndefined();
    playback.resume();
    const after = await take(playback);
    await playback.close();

    expect(before.length).toBe(41);
    expect(pausedAtMs).toBe(before.length * FRAME_MS);
    expect(Math.abs(before.length + after.length - 150)).toBeLessThanOrEqual(1);
    const heard = hear([...before, ...SILENCE, ...after]);
    const endMs = (heard.length / FRAME_SAMPLES - 2) * FRAME_MS;
    expect(steepestStep(between(heard, 100, endMs))).toBeLessThan(STEEPEST);

    // Without the silence in between the tone would go on as if nothing had been.
    const omega = (2 * Math.PI * TONE_HZ) / 48_000;
    const first = tonePhase(between(heard, 200, 700), TONE_HZ, 48_000);
    const laterMs = pausedAtMs + 700;
    const second = tonePhase(between(heard, laterMs, laterMs + 500), TONE_HZ, 48_000);
    const passed = (laterMs - SILENCE.length * FRAME_MS - 200) * 48 * omega;
    const jump = Math.atan2(Math.sin(second - first - passed), Math.cos(second - first - passed));
    expect(Math.abs(jump)).toBeLessThan(0.05);
  });

  test('fades for the next one with one frame', async () => {
    const path = await suite.folder.tone(`skip-${name}`, args, { seconds: 2 });
    const next = await suite.folder.make(`next-${name}`, [
      ...['-f', 'lavfi', '-i', 'aevalsrc=0.251*sin(2*PI*330*t)|0.251*sin(2*PI*330*t):d=1:s=48000', ...args],
    ]);
    const playback = await suite.audio.open(file(path), { sound: atVolume(volume) });
    const following = await suite.audio.open(file(next), { sound: atVolume(volume) });
    await following.ready(BUFFER_FRAMES);
    const left = await takeUntilSilent(playback, 30, following);
    await playback.close();
    const frames = await take(following);
    await following.close();
    expect(left.length).toBe(31);
    expect(steepestStep(between(hear([...left, ...frames]), 100, 1_500))).toBeLessThan(STEEPEST);
  });

  test('begins in the middle without a click', async () => {
    const path = await suite.folder.tone(`middle-${name}`, args, { seconds: 2 });
    const playback = await suite.audio.open(file(path), { startAtMs: 1_007, sound: atVolume(volume) });
    const heard = hear([...SILENCE, ...(await take(playback, 40))]);
    await playback.close();
    expect(steepestStep(heard)).toBeLessThan(STEEPEST);
  });
});

test('only the frames around a pause are not the packets of the source', async () => {
  const path = await suite.folder.tone('packets.webm', OPUS, { seconds: 2 });
  const playback = await suite.audio.open(file(path));
  const before = await takeUntilSilent(playback, 40);
  playback.resume();
  const frames = [...before, ...(await take(playback))];
  await playback.close();
  const source = await packetHashes(path);
  const changed = frames.flatMap((frame, index) => (sha256(frame) === source[index] ? [] : index));
  expect(changed).toEqual([-1, 0, 1, 2].map((offset) => before.length + offset));
});

test('what nobody heard yet is silent at once', async () => {
  const path = await suite.folder.tone('early.webm', OPUS, { seconds: 1 });
  const playback = await suite.audio.open(file(path));
  let calls = 0;
  playback.fadeOut(() => calls++);
  expect(calls).toBe(1);
  await playback.close();
});
