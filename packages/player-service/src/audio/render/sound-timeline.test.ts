import { expect, test } from 'vitest';
import { PLAIN_SOUND, type SoundSettings } from '../sound.ts';
import { SoundTimeline } from './sound-timeline.ts';

const loud = (volumePercent: number): SoundSettings => ({ ...PLAIN_SOUND, volumePercent });
const fast = (speed: number): SoundSettings => ({
  ...PLAIN_SOUND,
  filters: { timescale: { speed, pitch: 1, rate: 1 } },
});
const volumesAt = (sounds: SoundTimeline, ...frames: number[]) =>
  frames.map((frame) => sounds.at(frame).sound.volumePercent);

test('a sound holds from its frame on; a later decision about an earlier frame supersedes', () => {
  const sounds = new SoundTimeline(loud(100));
  sounds.change(10, loud(50));
  sounds.change(20, loud(200));
  expect(volumesAt(sounds, 9, 10, 19, 20)).toEqual([100, 50, 50, 200]);
  sounds.change(15, loud(10));
  expect(volumesAt(sounds, 14, 15, 20, 99)).toEqual([50, 10, 10, 10]);
});

test('a sound from the beginning on has always held: there is nothing to lead over from', () => {
  const sounds = new SoundTimeline(loud(100));
  sounds.change(5, loud(300));
  sounds.change(0, loud(50));
  expect(volumesAt(sounds, -1, 0, 5)).toEqual([50, 50, 50]);
});

test('a change that was revoked leaves no trace', () => {
  const sounds = new SoundTimeline(loud(100));
  sounds.change(10, loud(50));
  sounds.change(12, fast(2));
  sounds.revoke(10);
  sounds.change(20, loud(200));
  expect(volumesAt(sounds, 10, 15, 19, 20)).toEqual([100, 100, 100, 200]);
  expect(sounds.placeOf(30)).toBe(30);
});

test('of many changes the newest are remembered', () => {
  const sounds = new SoundTimeline(loud(100));
  for (let frame = 1; frame <= 1_000; frame++) sounds.change(frame, loud(frame));
  expect(volumesAt(sounds, 1_000, 950, 0)).toEqual([1_000, 950, 937]);
  sounds.revoke(0);
  expect(volumesAt(sounds, 1_000)).toEqual([937]);
});

test('at another speed the track passes faster or slower; back at normal speed frames are its own again', () => {
  const sounds = new SoundTimeline(PLAIN_SOUND);
  sounds.change(100, fast(1.25));
  sounds.change(203, fast(0.5));
  expect([100, 104, 203, 205].map((frame) => sounds.placeOf(frame))).toEqual([100, 105, 228.75, 229.75]);
  sounds.change(210, PLAIN_SOUND);
  expect([209, 210, 211].map((frame) => sounds.placeOf(frame))).toEqual([231.75, 232, 233]);
});

test('speed is tempo times rate, whatever the pitch', () => {
  const sounds = new SoundTimeline({
    ...PLAIN_SOUND,
    filters: { timescale: { speed: 1.5, pitch: 3, rate: 2 } },
  });
  expect(sounds.placeOf(100)).toBe(300);
});

test('a track has as many frames of sound as its place comes to its end', () => {
  const sounds = new SoundTimeline(PLAIN_SOUND);
  expect(sounds.lengthOf(500)).toBe(500);
  sounds.change(100, fast(2));
  expect(sounds.lengthOf(500)).toBe(300);
  expect(sounds.lengthOf(501)).toBe(301);
  sounds.change(300, fast(0.5));
  expect(sounds.lengthOf(500)).toBe(300);
  expect(sounds.lengthOf(600)).toBe(500);
  sounds.change(1_000, PLAIN_SOUND);
  expect(sounds.lengthOf(600)).toBe(500);
  expect(sounds.lengthOf(50)).toBe(50);
});
