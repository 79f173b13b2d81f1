import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { Ffprobe } from '../inspect/ffprobe.ts';
import { LocalInternet } from '../local-internet.ts';
import type { Track } from '../source.ts';
import { HttpSource } from './http-source.ts';

let internet: LocalInternet;
let source: HttpSource;

beforeAll(async () => {
  internet = await LocalInternet.start();
  const { children, guard, policy } = internet;
  const probe = new Ffprobe({ children, program: 'ffprobe', proxyUrl: guard.url });
  source = new HttpSource({ policy, probe, maxTrackMs: 3_600_000, liveAllowed: true });
});

afterAll(async () => {
  await source.close();
  await internet[Symbol.asyncDispose]();
});

async function load(url: string): Promise<Track> {
  const result = await source.load(url, { signal: AbortSignal.timeout(15_000) });
  if (result.type !== 'track') throw new Error(`a ${result.type}`);
  return result.track;
}

function resolve(track: Track) {
  return source.resolve(track, { signal: AbortSignal.timeout(15_000), fresh: true });
}

test.each([
  ['icecast', 'mp3', 'mp3'],
  ['icecast', 'aac', 'adts'],
  ['icecast', 'ogg', 'ogg'],
  ['shoutcast', 'mp3', 'mp3'],
  ['shoutcast', 'aac', 'adts'],
] as const)(
  'a station of %s in %s is live, and has the name it gives itself',
  async (dialect, format, container) => {
    const { radio } = internet.site;
    const id = `${dialect}-${format}`;
    const station = radio.add({ id, name: 'Café Jazz', genre: 'Jazz', format, dialect });
    const track = await load(radio.url(id));
    expect(track).toMatchObject({
      title: 'Café Jazz',
      channel: 'Jazz · 128 kbit/s',
      isLive: true,
      durationMs: undefined,
      identifier: radio.url(id),
    });
    expect(await resolve(track)).toMatchObject({ kind: 'radio', isLive: true, container });
    await expect.poll(() => station.listeners).toBe(0);
  },
);

test('a station that sends no faster than it is heard is known within a second', async () => {
  const { radio } = internet.site;
  radio.add({ id: 'no-burst', name: 'No burst', burstMs: 0 });
  await load(radio.url('no-burst')); // its sound is made
  const startedAtMs = performance.now();
  await resolve(await load(radio.url('no-burst')));
  expect(performance.now() - startedAtMs).toBeLessThan(1_000);
});

test('a station that is off the air is not there', async () => {
  const { radio } = internet.site;
  radio.add({ id: 'off', name: 'Off', dialect: 'shoutcast' }).goOff();
  await expect(load(radio.url('off'))).rejects.toMatchObject({ code: 'MEDIA_REFUSED' });
});

describe('a list', () => {
  test('leads to the first of its stations that answers; asked again, to another when that is gone', async () => {
    const { radio } = internet.site;
    const main = radio.add({ id: 'main', name: 'Main' });
    radio.add({ id: 'spare', name: '' });
    const list = radio.addList(
      'two.pls',
      'audio/x-scpls',
      `[playlist]\nFile1=${radio.url('main')}\nFile2=${radio.url('spare')}\nTitle2=The Spare\n`,
    );
    const track = await load(list);
    expect(track).toMatchObject({ title: 'Main', identifier: list, isLive: true });
    expect(await resolve(track)).toMatchObject({ url: radio.url('main') });
    main.goOff();
    expect(await resolve(track)).toMatchObject({ url: radio.url('spare') });
  });

  test('may name lists, three deep', async () => {
    const { radio } = internet.site;
    radio.add({ id: 'deep', name: 'Deep' });
    let inner = radio.url('deep');
    const lists = ['1.m3u', '2.pls', '3.asx', '4.m3u'].map((name) => {
      const text = name.endsWith('.pls')
        ? `[playlist]\nFile1=${inner}`
        : name.endsWith('.asx')
          ? `<asx><ref href="${inner}"/></asx>`
          : `#EXTM3U\n${inner}`;
      inner = radio.addList(name, 'text/plain', text);
      return inner;
    });
    expect(await load(lists[2] ?? '')).toMatchObject({ title: 'Deep', identifier: lists[2] });
    await expect(load(lists[3] ?? '')).rejects.toMatchObject({ code: 'MEDIA_UNSUPPORTED' });
  });

  test('that names itself, or a hundred that are gone, costs ten requests at most', async () => {
    const { radio } = internet.site;
    const circle = radio.addList('circle.m3u', 'audio/x-mpegurl', '#EXTM3U\n/circle.m3u\n'.repeat(50));
    const gone = radio.add({ id: 'gone', name: 'Gone' });
    gone.goOff();
    const many = radio.addList(
      'many.m3u',
      'audio/x-mpegurl',
      `#EXTM3U\n${`${radio.url('gone')}\n`.repeat(100)}`,
    );
    await expect(load(circle)).rejects.toMatchObject({ code: 'MEDIA_UNSUPPORTED' });
    await expect(load(many)).rejects.toMatchObject({ code: 'TRACK_REMOVED' });
    expect(gone.asked).toBeLessThan(10);
  });

  test('that names an inside address is refused as if it were typed', async () => {
    const { radio } = internet.site;
    const list = radio.addList(
      'inside.pls',
      'audio/x-scpls',
      '[playlist]\nFile1=http://169.254.169.254/x.mp3\n',
    );
    await expect(load(list)).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
  });

  test('that names nothing is no music', async () => {
    const empty = internet.site.radio.addList(
      'empty.pls',
      'audio/x-scpls',
      '[playlist]\nNumberOfEntries=0\n',
    );
    await expect(load(empty)).rejects.toMatchObject({ code: 'MEDIA_UNSUPPORTED' });
  });

  test('may lead to a file as well', async () => {
    const { radio } = internet.site;
    const file = internet.site.mediaUrl('tone440', 'mp3');
    const list = radio.addList('file.m3u', 'audio/x-mpegurl', `#EXTM3U\n#EXTINF:6,Named\n${file}\n`);
    expect(await load(list)).toMatchObject({ isLive: false, durationMs: expect.any(Number) });
  });
});
