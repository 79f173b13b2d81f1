import { pitchHz } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { between, changeSound, file, hear, sha256, take } from '../../test/audio/audio-fixture.ts';
import { audioSuite } from '../../test/audio/audio-suite.ts';
import { packetHashes } from '../../test/audio/media-folder.ts';
import { FRAME_MS, SAMPLE_RATE_HZ } from './frame.ts';
import { PLAIN_SOUND, type SoundSettings } from './sound.ts';

const suite = audioSuite();

const OPUS = ['-c:a', 'libopus', '-b:a', '128k'];

function atSpeed(speed: number, pitch = 1): SoundSettings {
  return { ...PLAIN_SOUND, filters: { timescale: { speed, pitch, rate: 1 } } };
}

test.each([
  ['an Opus track', 'a.webm', OPUS, 2],
  ['an MP3 track', 'a.mp3', ['-b:a', '128k'], 2],
  ['a track played slowly', 'b.webm', OPUS, 0.5],
])(
  '%s lasts as long as its speed says, and its position ends where it ends',
  async (_title, name, args, speed) => {
    const path = await suite.folder.tone(name, args, { seconds: 3 });
    const playback = await suite.audio.open(file(path, { durationMs: 3_000 }), { sound: atSpeed(speed) });
    const frames = await take(playback);
    await playback.close();
    expect(playback.status).toBe('ended');
    expect(Math.abs(frames.length - 150 / speed)).toBeLessThanOrEqual(2 / speed + 1);
    expect(Math.abs(playback.positionMs - 3_000)).toBeLessThanOrEqual(3 * FRAME_MS);
    const heard = between(hear(frames), 300, 1_200);
    expect(Math.abs(pitchHz(heard, SAMPLE_RATE_HZ, [400, 480]) - 440)).toBeLessThan(3);
  },
);

test('a track that begins in the middle goes on from there at its speed', async () => {
  const path = await suite.folder.tone('seek.webm', OPUS, { seconds: 3 });
  const playback = await suite.audio.open(file(path), { startAtMs: 1_000, sound: atSpeed(1.25) });
  await take(playback, 40);
  expect(playback.positionMs).toBe(2_000);
  await playback.close();
});

test('the position keeps to the speed that is heard, and at normal speed the packets are the source’s again', async () => {
  const path = await suite.folder.tone('change.webm', OPUS, { seconds: 4 });
  const playback = await suite.audio.open(file(path));
  const positions: number[] = [];
  const frames: Buffer[] = [];
  const takeNoting = async (count: number) => {
    for (let i = 0; i < count && playback.status !== 'ended'; i++) {
      positions.push(playback.positionMs);
      frames.push(...(await take(playback, 1)));
    }
  };
  await takeNoting(30);
  await changeSound(playback, atSpeed(1.5, 0.8), 1);
  await takeNoting(40);
  await changeSound(playback, PLAIN_SOUND, 2);
  await takeNoting(Number.POSITIVE_INFINITY);
  await playback.close();

  expect(playback.failure).toBeUndefined();
  const steps = positions.slice(1).map((position, index) => position - (positions[index] ?? 0));
  expect(steps.slice(0, 30)).toEqual(Array(30).fill(FRAME_MS));
  expect(steps.filter((step) => step === 30).length).toBe(40);
  expect(Math.max(...steps)).toBeLessThanOrEqual(40);
  expect(Math.min(...steps)).toBeGreaterThanOrEqual(FRAME_MS);

  const source = await packetHashes(path);
  const last = frames.length - 1;
  const isSource = frames.map((frame, index) => sha256(frame) === source[(positions[index] ?? 0) / FRAME_MS]);
  expect(isSource.slice(last - 20)).not.toContain(false);
  expect(playback.positionMs).toBe(source.length * FRAME_MS);
});
