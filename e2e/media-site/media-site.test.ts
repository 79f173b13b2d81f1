import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { type MediaSite, startMediaSite } from './media-site.ts';
import { MEDIA_FORMATS, type MediaFormat } from './synthesize.ts';

let site: MediaSite;

beforeAll(async () => {
  site = await startMediaSite();
});

afterAll(() => site[Symbol.asyncDispose]());

let testIsOver: AbortController;

beforeEach(() => {
  site.log.clear();
  testIsOver = new AbortController();
});

// A body that nobody reads would hold its connection open until it is collected as garbage.
afterEach(() => testIsOver.abort());

function get(url: string, init: RequestInit = {}): Promise<Response> {
  const signals = [testIsOver.signal, ...(init.signal ? [init.signal] : [])];
  return fetch(url, { ...init, signal: AbortSignal.any(signals) });
}

function digest(bytes: Uint8Array | ArrayBuffer): string {
  return createHash('sha256').update(new Uint8Array(bytes)).digest('hex');
}

async function pageInfo(trackId: string): Promise<{ formats: { url: string }[] }> {
  const page = (await (await get(site.pageUrl(trackId))).json()) as {
    info: { formats: { url: string }[] };
  };
  return page.info;
}

test.each(Object.keys(MEDIA_FORMATS) as MediaFormat[])(
  '%s is served byte for byte as it was made',
  async (format) => {
    const path = await site.prepare('tone440', format);
    const response = await get(site.mediaUrl('tone440', format));
    expect(response.headers.get('content-type')).toBe(MEDIA_FORMATS[format].contentType);
    expect(digest(await response.arrayBuffer())).toBe(digest(await readFile(path)));
  },
);

test('a range is answered with that part, and one behind the end is refused', async () => {
  const file = await readFile(await site.prepare('tone440'));
  const part = await get(site.mediaUrl('tone440'), { headers: { range: 'bytes=1000-1999' } });
  expect(part.status).toBe(206);
  expect(part.headers.get('content-range')).toBe(`bytes 1000-1999/${file.length}`);
  expect(digest(await part.arrayBuffer())).toBe(digest(file.subarray(1_000, 2_000)));
  const behind = await get(site.mediaUrl('tone440'), { headers: { range: `bytes=${file.length}-` } });
  expect(behind.status).toBe(416);
  expect(site.log.list('/tone440/').map(({ range }) => range)).toEqual([
    'bytes=1000-1999',
    `bytes=${file.length}-`,
  ]);
});

describe('a signed URL', () => {
  test('is good for as many requests as the track says', async () => {
    const url = (await pageInfo('once')).formats[0]?.url ?? '';
    const statuses = [(await get(url)).status, (await get(url)).status];
    expect(statuses).toEqual([200, 403]);
  });

  test('ends when it says it does', async () => {
    const url = (await pageInfo('brief')).formats[0]?.url ?? '';
    expect((await get(url)).status).toBe(200);
    await expect.poll(async () => (await get(url)).status, { timeout: 5_000, interval: 200 }).toBe(403);
    expect(Number(new URL(url).searchParams.get('expire')) * 1_000).toBeLessThanOrEqual(Date.now());
  });

  test('that was made up is refused', async () => {
    expect((await get(`${site.mediaUrl('tone440')}?sig=made-up`)).status).toBe(403);
  });
});

describe('a fault', () => {
  test('cut: the transfer breaks at a third and can be taken up behind it', async () => {
    const { length } = await readFile(await site.prepare('fault-cut'));
    const response = await get(site.mediaUrl('fault-cut'));
    expect(Number(response.headers.get('content-length'))).toBe(length);
    await expect(response.arrayBuffer()).rejects.toThrow();
    const rest = await get(site.mediaUrl('fault-cut'), {
      headers: { range: `bytes=${Math.ceil(length * 0.31)}-` },
    });
    expect((await rest.arrayBuffer()).byteLength).toBe(length - Math.ceil(length * 0.31));
  });

  test('html: a page under the name of a sound file', async () => {
    const response = await get(site.mediaUrl('fault-html'));
    expect(await response.text()).toContain('<html>');
    expect(response.url).toMatch(/\.mp3$/);
  });

  test('redirects: a chain that ends at the bytes', async () => {
    const response = await get(site.mediaUrl('fault-redirects'));
    expect(response.status).toBe(200);
    await response.body?.cancel();
    expect(site.log.list('hop=')).toHaveLength(6);
  });
});

test('a playlist comes in pages of a hundred', async () => {
  const first = (await (await get(site.playlistUrl('huge'))).json()) as {
    entries: unknown[];
    more: boolean;
  };
  const last = (await (await get(`${site.playlistUrl('huge')}?page=50`)).json()) as typeof first;
  expect([first.entries.length, first.more, last.entries.length, last.more]).toEqual([100, true, 100, false]);
});

test('the same sound is made once', async () => {
  const [one, two] = await Promise.all([site.prepare('tone660'), site.prepare('tone660')]);
  expect(one).toBe(two);
});
