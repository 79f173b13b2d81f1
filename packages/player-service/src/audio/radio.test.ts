import { type MediaSite, startMediaSite } from '@bandstand/e2e/media-site';
import { pitchHz, rmsDb, toneLevelDb } from '@bandstand/test-support';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AudioFixture, between, hear } from '../../test/audio/audio-fixture.ts';
import { FRAME_MS, SAMPLE_RATE_HZ } from './frame.ts';
import type { RadioMedia } from './media.ts';
import type { Playback } from './playback.ts';

let site: MediaSite;
let audio: AudioFixture;

beforeAll(async () => {
  site = await startMediaSite();
  audio = await AudioFixture.start();
});

afterAll(async () => {
  await audio[Symbol.asyncDispose]();
  await site[Symbol.asyncDispose]();
});

function media(id: string): RadioMedia {
  return { kind: 'radio', url: site.radio.url(id), headers: {}, isLive: true };
}

/** Every title since it was opened. */
function titlesOf(playback: Playback): string[] {
  const titles = playback.stationTitle === undefined ? [] : [playback.stationTitle];
  playback.on('title', () => titles.push(playback.stationTitle ?? ''));
  return titles;
}

/** Takes frames as the station sends them. */
async function listen(playback: Playback, heard: Buffer[], seconds: number): Promise<void> {
  const take = () => {
    for (let frame = playback.next(); frame !== undefined; frame = playback.next())
      heard.push(Buffer.from(frame));
    return heard.length;
  };
  const wanted = heard.length + (seconds * 1_000) / FRAME_MS;
  await expect.poll(take, { interval: 20, timeout: 15_000 }).toBeGreaterThanOrEqual(wanted);
}

function expectPure(samples: Float64Array, hz: number): void {
  expect(pitchHz(samples, SAMPLE_RATE_HZ, [300, 900])).toBeCloseTo(hz, 0);
  // The tone is all there is: its own power is the power of the whole.
  expect(Math.abs(toneLevelDb(samples, hz, SAMPLE_RATE_HZ) - 3.01 - rmsDb(samples))).toBeLessThan(0.2);
}

test.each([
  ['mp3', 'icecast', 'transcode'],
  ['mp3', 'shoutcast', 'transcode'],
  ['aac', 'icecast', 'transcode'],
  ['ogg', 'icecast', 'passthrough'],
  ['vorbis', 'icecast', 'transcode'],
] as const)('a station in %s of %s is heard as it is, and its title told', async (format, dialect, route) => {
  const id = `clean-${format}-${dialect}`;
  // Titles every few frames: a decoder that met them could be heard to.
  site.radio.add({ id, name: 'Clean', hz: 500, format, dialect, title: 'First', interval: 700 });
  const playback = await audio.open(media(id));
  const titles = titlesOf(playback);
  expect(playback.route).toBe(route);
  const heard: Buffer[] = [];
  await listen(playback, heard, 4);
  expectPure(between(hear(heard), 1_000, 3_500), 500);
  expect(titles).toEqual(['First']);
  await playback.close();
});

test.each(['mp3', 'ogg', 'vorbis'] as const)(
  'a new title in %s is told, and the sound goes on through it',
  async (format) => {
    const id = `titles-${format}`;
    const station = site.radio.add({ id, name: 'Titles', hz: 500, format, title: 'First' });
    const playback = await audio.open(media(id));
    const titles = titlesOf(playback);
    const heard: Buffer[] = [];
    await listen(playback, heard, 2);
    await station.announce('Second');
    await listen(playback, heard, 3);
    await station.announce('Third');
    await listen(playback, heard, 3);
    expect(titles).toEqual(['First', 'Second', 'Third']);
    expect(playback.status).not.toBe('failed');
    expectPure(between(hear(heard).subarray(-SAMPLE_RATE_HZ), 0, 1_000), 500);
    await playback.close();
  },
);

test.each([
  ['too long an interval', { interval: 1_000, claimedInterval: 1_300 }],
  ['too short an interval', { interval: 1_300, claimedInterval: 1_000 }],
  ['nonsense', { claimedInterval: 0 }],
])('a station that states %s is heard all the same', async (how, lie) => {
  const id = `liar-${how.length}`;
  site.radio.add({ id, name: 'Liar', hz: 500, title: 'True', ...lie });
  const playback = await audio.open(media(id));
  const heard: Buffer[] = [];
  await listen(playback, heard, 4);
  expect(pitchHz(between(hear(heard), 2_000, 3_500), SAMPLE_RATE_HZ, [300, 900])).toBeCloseTo(500, 0);
  await playback.close();
});

test.each(['mp3', 'ogg'] as const)(
  'a station in %s that drops its listeners has failed, not ended, where it was heard last',
  async (format) => {
    const id = `drops-${format}`;
    const station = site.radio.add({ id, name: 'Drops', format });
    const playback = await audio.open(media(id), { startAtMs: 60_000 });
    const heard: Buffer[] = [];
    await listen(playback, heard, 2);
    station.drop();
    await expect.poll(() => [playback.next(), playback.status][1], { timeout: 15_000 }).toBe('failed');
    expect(playback.failure).toMatchObject({ code: 'MEDIA_CUT', retryable: true });
    expect(playback.positionMs).toBeGreaterThanOrEqual(62_000);
    await playback.close();
    expect(station.listeners).toBe(0);
  },
);

test('a station that changes its title all the time tells one a second, and the last', async () => {
  const station = site.radio.add({ id: 'flood', name: 'Flood', interval: 200, title: '0' });
  const playback = await audio.open(media('flood'));
  const titles = titlesOf(playback);
  const heard: Buffer[] = [];
  for (let title = 1; title <= 20; title++) {
    await station.announce(String(title));
    await listen(playback, heard, 0.1);
  }
  await listen(playback, heard, 1.5);
  expect(titles.length).toBeLessThan(8);
  expect(titles.at(-1)).toBe('20');
  await playback.close();
});

test('no sound that piled up is ever heard: a station that is opened again begins now', async () => {
  const station = site.radio.add({ id: 'now', name: 'Now', hz: 500, format: 'ogg', burstMs: 200 });
  const first = await audio.open(media('now'));
  await listen(first, [], 1);
  await first.close();
  await expect.poll(() => station.listeners).toBe(0);
  const again = await audio.open(media('now'), { startAtMs: 1_000 });
  expect(again.bufferedFrames * FRAME_MS).toBeLessThan(1_000);
  expect(station.served).toBe(2);
  await again.close();
});
