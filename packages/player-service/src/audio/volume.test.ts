import { readFile, writeFile } from 'node:fs/promises';
import { steepestStep, toneLevelDb, tonePhase } from '@bandstand/test-support';
import { describe, expect, test } from 'vitest';
import {
  atVolume,
  between,
  changeSound,
  file,
  hear,
  sha256,
  take,
  takeInRealTime,
} from '../../test/audio/audio-fixture.ts';
import { audioSuite } from '../../test/audio/audio-suite.ts';
import { packetHashes } from '../../test/audio/media-folder.ts';

const suite = audioSuite();

const TONE_HZ = 440;
const AMPLITUDE = 0.251;
const LEVEL_DB = 20 * Math.log10(AMPLITUDE);
/** So soon a change is heard. */
const LEAD_FRAMES = 3;
/** Behind the frame that leads back, until packets pass again. */
const SETTLING_FRAMES = 2;

/** Where the tone is in its period at the beginning of the piece, as an angle from where it would be had nothing changed. */
function phaseShift(heard: Float64Array, fromMs: number, toMs: number): number {
  const phase =
    tonePhase(between(heard, fromMs, toMs), TONE_HZ, 48_000) - (2 * Math.PI * TONE_HZ * fromMs) / 1_000;
  return Math.atan2(Math.sin(phase), Math.cos(phase));
}

function levelDb(heard: Float64Array, fromMs: number, toMs: number): number {
  return toneLevelDb(between(heard, fromMs, toMs), TONE_HZ, 48_000);
}

describe.each([
  ['an Opus track', 'a.webm', ['-c:a', 'libopus', '-b:a', '128k']],
  ['an MP3 track', 'a.mp3', ['-b:a', '192k']],
])('the volume of %s', (_title, name, args) => {
  test('changes while it plays and comes back, without a gap, a jump or a click', async () => {
    const path = await suite.folder.tone(name, args, { seconds: 3 });
    const playback = await suite.audio.open(file(path, { durationMs: 3_000 }));
    const frames = await take(playback, 40);
    await changeSound(playback, atVolume(50), 1);
    frames.push(...(await take(playback, 35)));
    await changeSound(playback, atVolume(200), 2);
    frames.push(...(await take(playback, 35)));
    await changeSound(playback, atVolume(100), 3);
    frames.push(...(await take(playback)));
    await playback.close();

    expect(playback.failure).toBeUndefined();
    expect(Math.abs(frames.length - 150)).toBeLessThanOrEqual(1);
    const heard = hear(frames);
    const ownDb = levelDb(heard, 200, 800);
    expect(ownDb).toBeCloseTo(LEVEL_DB, 0);
    expect(levelDb(heard, 900, 1_500) - ownDb).toBeCloseTo(-6.02, 1);
    expect(levelDb(heard, 1_600, 2_200) - ownDb).toBeCloseTo(6.02, 1);
    expect(levelDb(heard, 2_300, 2_900) - ownDb).toBeCloseTo(0, 1);

    const before = phaseShift(heard, 200, 800);
    for (const fromMs of [900, 1_600, 2_300]) {
      expect(phaseShift(heard, fromMs, fromMs + 600) - before).toBeCloseTo(0, 1); // 0.05 rad is 17 µs
    }
    const slope = (2 * Math.PI * TONE_HZ) / 48_000;
    expect(steepestStep(between(heard, 200, 1_450))).toBeLessThan(AMPLITUDE * slope * 1.15);
    expect(steepestStep(between(heard, 200, 2_900))).toBeLessThan(2 * AMPLITUDE * slope * 1.15);
  });

  test('dragged to and fro loses and repeats no frame', async () => {
    const path = await suite.folder.tone(`drag-${name}`, args, { seconds: 2 });
    const playback = await suite.audio.open(file(path, { durationMs: 2_000 }));
    const frames = await takeInRealTime(playback, (index) => {
      if (index >= 20 && index < 60) playback.setSound(atVolume(100 + 50 * Math.sin(index)));
      if (index === 60) playback.setSound(atVolume(100));
    });
    await playback.close();
    expect(Math.abs(frames.length - 100)).toBeLessThanOrEqual(1);
    const heard = hear(frames);
    expect(phaseShift(heard, 1_300, 1_900) - phaseShift(heard, 100, 350)).toBeCloseTo(0, 1);
    expect(steepestStep(between(heard, 100, 1_900))).toBeLessThan(
      1.5 * AMPLITUDE * ((2 * Math.PI * TONE_HZ) / 48_000) * 1.2,
    );
  });
});

test('only the frames in between leave passthrough, and soon', async () => {
  const path = await suite.folder.tone('switch.webm', ['-c:a', 'libopus', '-b:a', '128k'], { seconds: 2 });
  const playback = await suite.audio.open(file(path));
  const frames = await take(playback, 30);
  await changeSound(playback, atVolume(80), 1);
  frames.push(...(await take(playback, 30)));
  await changeSound(playback, atVolume(100), 2);
  frames.push(...(await take(playback)));
  await playback.close();

  const source = await packetHashes(path);
  const isSource = frames.map((frame, index) => sha256(frame) === source[index]);
  expect(frames.length).toBe(source.length);
  const firstChanged = isSource.indexOf(false);
  const lastChanged = isSource.lastIndexOf(false);
  expect(firstChanged).toBe(30 + LEAD_FRAMES);
  expect(lastChanged).toBe(60 + LEAD_FRAMES + SETTLING_FRAMES);
  expect(isSource.slice(firstChanged, lastChanged + 1)).not.toContain(true);
});

test('a track opened at another volume has it from the first frame on', async () => {
  const path = await suite.folder.tone('quiet.webm', ['-c:a', 'libopus'], { seconds: 1 });
  const playback = await suite.audio.open(file(path), { sound: atVolume(25) });
  const heard = hear(await take(playback));
  await playback.close();
  expect(levelDb(heard, 100, 900) - LEVEL_DB).toBeCloseTo(-12.04, 0);
});

test('volume 0 is silence', async () => {
  const path = await suite.folder.tone('mute.mp3', [], { seconds: 1 });
  const playback = await suite.audio.open(file(path), { sound: atVolume(0) });
  const heard = hear(await take(playback));
  await playback.close();
  expect(Math.max(...heard)).toBeLessThan(0.0001);
});

test('far too loud is limited below full scale, and stays the sine it was', async () => {
  const path = await suite.folder.tone('loud.wav', [], { seconds: 1 });
  const playback = await suite.audio.open(file(path), { sound: atVolume(1_000) });
  const heard = hear(await take(playback));
  await playback.close();
  expect(levelDb(heard, 100, 900)).toBeCloseTo(-1, 0);
  expect(Math.max(...heard)).toBeLessThan(0.95);
  expect(phaseShift(heard, 100, 900)).toBeCloseTo(0, 1);
});

test('the gain that the author of an Opus file asks for is applied', async () => {
  const path = await suite.folder.tone('gain.ogg', ['-c:a', 'libopus'], { seconds: 1 });
  const bytes = await readFile(path);
  const headAt = bytes.indexOf('OpusHead');
  bytes.writeInt16LE(-6 * 256, headAt + 16);
  await writeFile(path, bytes); // our reader, like most, does not verify page checksums
  const playback = await suite.audio.open(file(path));
  const heard = hear(await take(playback));
  await playback.close();
  expect(levelDb(heard, 100, 900) - LEVEL_DB).toBeCloseTo(-6, 0);
});

test('a volume that makes no sense is a bug of the caller', async () => {
  const path = await suite.folder.tone('bug.mp3', [], { seconds: 1 });
  const playback = await suite.audio.open(file(path));
  expect(() => playback.setSound(atVolume(-1))).toThrow(RangeError);
  expect(() => playback.setSound(atVolume(Number.NaN))).toThrow(RangeError);
  await playback.close();
});
