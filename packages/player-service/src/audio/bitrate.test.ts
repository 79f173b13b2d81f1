import { expect, test } from 'vitest';
import { file, takeInRealTime } from '../../test/audio/audio-fixture.ts';
import { audioSuite } from '../../test/audio/audio-suite.ts';
import { PLAIN_SOUND } from './sound.ts';

const suite = audioSuite();

/** Of 20 ms frames. */
function bitrateBps(frames: readonly Buffer[]): number {
  return (frames.reduce((bytes, { length }) => bytes + length, 0) * 8) / (frames.length * 0.02);
}

test('the bit rate of what is encoded changes while it plays', async () => {
  const path = await suite.folder.tone('a.mp3', ['-b:a', '192k'], { seconds: 3 });
  const sound = { ...PLAIN_SOUND, bitrateBps: 64_000 };
  const playback = await suite.audio.open(file(path, { durationMs: 3_000 }), { sound });
  const frames = await takeInRealTime(playback, (index) => {
    if (index === 60) playback.setSound({ ...sound, bitrateBps: 160_000 });
  });
  await playback.close();
  expect(bitrateBps(frames.slice(5, 55)) / 64_000).toBeCloseTo(1, 0);
  expect(bitrateBps(frames.slice(85, 145)) / 160_000).toBeCloseTo(1, 0);
});
