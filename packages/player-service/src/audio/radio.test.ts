import { setInterval } from 'node:timers/promises';
import { type MediaSite, startMediaSite } from '@bandstand/e2e/media-site';
import { pitchHz, rmsDb, toneLevelDb } from '@bandstand/test-support';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
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

const CONTAINERS = { mp3: 'mp3', aac: 'adts', ogg: 'ogg', vorbis: 'ogg' } as const;

function media(id: string, format: keyof typeof CONTAINERS = 'mp3'): RadioMedia {
  const url = site.radio.url(id);
  return { kind: 'radio', url, headers: {}, container: CONTAINERS[format], isLive: true };
}

/** Every title since it was opened. */
function titlesOf(playback: Playback): string[] {
  const titles = playback.stationTitle === undefined ? [] : [playback.stationTitle];
  playback.on('title', () => titles.push(playback.stationTitle ?? ''));
  return titles;
}

/** Takes frames as the station sends them. */
async function listenUntil(playback: Playback, heard: Buffer[], isDone: () => boolean): Promise<void> {
  for await (const _ of setInterval(20, undefined, { signal: AbortSignal.timeout(15_000) })) {
    for (let frame = playback.next(); frame !== undefined; frame = playback.next())
      heard.push(Buffer.from(frame));
    if (isDone()) return;
  }
}

function listen(playback: Playback, heard: Buffer[], seconds: number): Promise<void> {
  const wanted = heard.length + (seconds * 1_000) / FRAME_MS;
  return listenUntil(playback, heard, () => heard.length >= wanted);
}

function expectPure(samples: Float64Array, hz: number): void {
  expect(pitchHz(samples, SAMPLE_RATE_HZ, [300, 900])).toBeCloseTo(hz, 0);
  // The tone is all there is: its own power is the power of the whole.
  expect(Math.abs(toneLevelDb(samples, hz, SAMPLE_RATE_HZ) - 3.01 - rmsDb(samples))).toBeLessThan(0.2);
}

// All of them listen in real time: side by side.
describe.concurrent('a station', () => {
  test.each([
    ['mp3', 'icecast', 'transcode'],
    ['mp3', 'shoutcast', 'transcode'],
    ['aac', 'icecast', 'transcode'],
    ['ogg', 'icecast', 'passthrough'],
    ['vorbis', 'icecast', 'transcode'],
  ] as const)('in %s of %s is heard as it is, and its title told', async (format, dialect, route) => {
    const id = `clean-${format}-${dialect}`;
    // Titles every few frames: a decoder that met them could be heard to.
    site.radio.add({ id, name: 'Clean', hz: 500, format, dialect, title: 'First', interval: 700 });
    const playback = await audio.open(media(id, format));
    const titles = titlesOf(playback);
    expect(playback.route).toBe(route);
    const heard: Buffer[] = [];
    await listen(playback, heard, 3);
    expectPure(between(hear(heard), 2_000, 2_500), 500);
    expect(titles).toEqual(['First']);
    await playback.close();
  });

  test.each(['mp3', 'ogg', 'vorbis'] as const)(
    'in %s tells a new title, and the sound goes on through it',
    async (format) => {
      const id = `titles-${format}`;
      const station = site.radio.add({ id, name: 'Titles', hz: 500, format, title: 'First' });
      const playback = await audio.open(media(id, format));
      const titles = titlesOf(playback);
      const heard: Buffer[] = [];
      await listen(playback, heard, 2);
      for (const title of ['Second', 'Third']) {
        await station.announce(title);
        await listenUntil(playback, heard, () => titles.at(-1) === title);
        await listen(playback, heard, 2);
      }
      expect(titles).toEqual(['First', 'Second', 'Third']);
      expect(playback.status).not.toBe('failed');
      expectPure(between(hear(heard.slice(-100)), 1_000, 1_500), 500);
      await playback.close();
    },
  );

  test.each([
    ['too long an interval', { interval: 1_000, claimedInterval: 1_300 }],
    ['too short an interval', { interval: 1_300, claimedInterval: 1_000 }],
    ['nonsense', { claimedInterval: 0 }],
  ])('that states %s is heard all the same', async (how, lie) => {
    const id = `liar-${how.length}`;
    site.radio.add({ id, name: 'Liar', hz: 500, title: 'True', ...lie });
    const playback = await audio.open(media(id));
    const heard: Buffer[] = [];
    await listen(playback, heard, 3);
    expect(pitchHz(between(hear(heard), 2_000, 2_500), SAMPLE_RATE_HZ, [300, 900])).toBeCloseTo(500, 0);
    await playback.close();
  });

  test.each(['mp3', 'ogg'] as const)(
    'in %s that drops its listeners has failed, not ended, where it was heard last',
    async (format) => {
      const id = `drops-${format}`;
      const station = site.radio.add({ id, name: 'Drops', format });
      const playback = await audio.open(media(id, format), { startAtMs: 60_000 });
      const heard: Buffer[] = [];
      await listen(playback, heard, 2);
      station.drop();
      await listenUntil(playback, heard, () => playback.status === 'failed');
      expect(playback.failure).toMatchObject({ code: 'MEDIA_CUT', retryable: true });
      expect(playback.positionMs).toBeGreaterThanOrEqual(62_000);
      await playback.close();
      expect(station.listeners).toBe(0);
    },
  );

  test('that changes its title all the time tells one a second, and the last', async () => {
    const station = site.radio.add({ id: 'flood', name: 'Flood', interval: 200, title: '0' });
    const playback = await audio.open(media('flood'));
    const titles = titlesOf(playback);
    const heard: Buffer[] = [];
    const sinceMs = performance.now();
    for (let title = 1; title <= 20; title++) {
      await station.announce(String(title));
      await listen(playback, heard, 0.1);
    }
    await listenUntil(playback, heard, () => titles.at(-1) === '20');
    expect(titles.length).toBeLessThanOrEqual((performance.now() - sinceMs) / 1_000 + 2);
    expect(titles.length).toBeLessThan(20);
    await playback.close();
  });

  test('that is opened again begins now, not with what piled up', async ({ expect }) => {
    const station = site.radio.add({ id: 'now', name: 'Now', hz: 500, format: 'ogg', burstMs: 200 });
    const first = await audio.open(media('now', 'ogg'));
    await listen(first, [], 1);
    await first.close();
    await expect.poll(() => station.listeners).toBe(0);
    const again = await audio.open(media('now', 'ogg'), { startAtMs: 1_000 });
    expect(again.bufferedFrames * FRAME_MS).toBeLessThan(1_000);
    expect(station.served).toBe(2);
    await again.close();
  });
});
