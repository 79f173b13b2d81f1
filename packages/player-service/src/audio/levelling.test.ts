import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { AudioFixture, file, sha256, take, takeInRealTime } from '../../test/audio/audio-fixture.ts';
import { MediaFolder, packetHashes } from '../../test/audio/media-folder.ts';
import { LoudnessMeter } from '../loudness/meter/loudness-meter.ts';
import { PacketDecoder } from './opus-codec.ts';
import { PLAIN_SOUND } from './sound.ts';

const LEVELLED = { ...PLAIN_SOUND, levelling: true };

let folder: MediaFolder;
let audio: AudioFixture;

vi.setConfig({ testTimeout: 60_000 });

beforeAll(async () => {
  folder = await MediaFolder.create();
  audio = await AudioFixture.start({ levelTargetLufs: -18 });
}, 30_000);

afterAll(async () => {
  await audio[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** A tone on both channels that begins at one level, in dB of its peak, and goes on at another. */
function station(name: string, beginsAt: number, goesOnAt: number): Promise<string> {
  const [first, second] = [beginsAt, goesOnAt].map((db) => 10 ** (db / 20));
  const tone = `if(lt(t,10),${first},${second})*sin(2*PI*1000*t)`;
  const source = `aevalsrc=exprs='${tone}|${tone}':duration=20:sample_rate=48000`;
  return folder.make(name, ['-f', 'lavfi', '-i', source, '-c:a', 'libopus', '-b:a', '128k']);
}

function lufsOf(frames: readonly Buffer[], fromSeconds: number, toSeconds: number): number {
  const [decoder, meter] = [new PacketDecoder(), new LoudnessMeter()];
  for (const [index, frame] of frames.entries()) {
    const pcm = decoder.decode(frame);
    if (pcm !== undefined && index >= fromSeconds * 50 && index < toSeconds * 50) meter.push(pcm);
  }
  return meter.result.integratedLufs ?? Number.NaN;
}

test('a live stream that is levelled comes to the target from below, and down to it when it becomes loud', async () => {
  const path = await station('levelled.webm', -30, -8);
  const playback = await audio.open(file(path, { isLive: true }), { sound: LEVELLED });
  const frames = await take(playback);
  await playback.close();
  expect(Math.abs(lufsOf(frames, 5, 9) - -18)).toBeLessThan(2);
  expect(Math.abs(lufsOf(frames, 16, 19) - -18)).toBeLessThan(2);
});

test('no longer levelled, its own packets are sent again', async () => {
  const path = await station('back.webm', -30, -30);
  const own = await packetHashes(path);
  const playback = await audio.open(file(path, { isLive: true }), { sound: LEVELLED });
  const frames: Buffer[] = await takeInRealTime(
    playback,
    (index) => {
      if (index === 50) playback.setSound(PLAIN_SOUND);
    },
    150,
  );
  await playback.close();
  const isOwn = frames.map((frame, index) => sha256(frame) === own[index]);
  expect(isOwn.slice(0, 50)).not.toContain(true);
  expect(isOwn.slice(100, 150)).not.toContain(false);
});
