import { once } from 'node:events';
import { mkdtemp, rm } from 'node:fs/promises';
import { createServer } from 'node:http';
import { type AddressInfo, isIP } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { renderMessage } from '@bandstand/discord-simulator';
import { PlayerError } from '@bandstand/protocol';
import { INSIDE_ADDRESSES } from '@bandstand/test-support';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { AudioEngine } from '../packages/player-service/src/audio/audio-engine.ts';
import { PLAIN_SOUND } from '../packages/player-service/src/audio/sound.ts';
import { type OpenSources, openSources } from '../packages/player-service/src/sources/open-sources.ts';
import { ChildProcesses } from '../packages/player-service/src/subprocess/child-processes.ts';
import { createLogger } from '../packages/service-kit/src/logger.ts';
import { Scene } from './harness/scene.ts';
import { Stack } from './harness/stack.ts';
import type { SiteHls } from './media-site/hls-responder.ts';
import { type MediaSite, startMediaSite } from './media-site/media-site.ts';

const resources = new AsyncDisposableStack();
const hits: string[] = [];
/** What the name service says of `rebind.example`. */
let answers: readonly string[] = [];
let canaryPort: number;
let lists = 0;
let site: MediaSite;
let sources: OpenSources;
let engine: AudioEngine;

beforeAll(async () => {
  canaryPort = await startCanary();
  site = resources.use(await startMediaSite());
  const temporaryFolder = resources.adopt(await mkdtemp(join(tmpdir(), 'bandstand-ssrf-')), (path) =>
    rm(path, { recursive: true, force: true }),
  );
  const searchPath = env['PATH'] ?? '';
  const children = resources.use(await ChildProcesses.open({ searchPath, parentFolder: temporaryFolder }));
  sources = resources.use(
    await openSources({
      children,
      ytDlp: env['YT_DLP_PATH'] ?? 'yt-dlp',
      ffprobe: 'ffprobe',
      concurrency: 2,
      extractionDeadlineMs: 30_000,
      playlistLimit: 10,
      maxTrackMs: 3_600_000,
      liveAllowed: true,
      ports: [80, 443, canaryPort], // the address alone must be what is refused
      isProduction: false,
      forTests: {
        egressAllow: site.hosts,
        pluginFolders: [site.pluginFolder],
        sites: [`${site.extractors}@${new URL(site.origin).host}`],
        searchKey: site.searchKey,
        resolveHost: async () => answers.map((address) => ({ address, family: isIP(address) })),
      },
    }),
  );
  engine = resources.use(
    await AudioEngine.start({
      workers: 1,
      ffmpegPath: 'ffmpeg',
      searchPath,
      temporaryFolder,
      proxyUrl: sources.proxyUrl,
      log: createLogger({ name: 'ssrf', level: 'silent' }),
    }),
  );
});

afterAll(() => resources.disposeAsync());

/** A server on every address of this machine that counts whoever comes. */
async function startCanary(): Promise<number> {
  const server = createServer((request, response) => {
    hits.push(`${request.headers.host}${request.url}`);
    response.end('secret');
  });
  server.listen(0, '::');
  await once(server, 'listening');
  resources.defer(async () => {
    server.closeAllConnections();
    server.close();
    await once(server, 'close');
  });
  return (server.address() as AddressInfo).port;
}

/** Each way leads a player to an address that somebody else chose. @returns what a person pastes. */
const WAYS: Readonly<Record<string, (host: string) => string>> = {
  direct: (host) => inside(host),
  attachment: (host) => `${inside(host)}attachments/1/2/song.mp3?ex=68&is=67&hm=00`,
  'a redirect of a media server': (host) => {
    add(site, { redirectsTo: inside(host) });
    return site.mediaUrl('lure', 'mp3');
  },
  'a redirect of a page': (host) => {
    add(site, { redirectsTo: inside(host) });
    return site.pageUrl('lure');
  },
  'a name that means an inside address': (host) => {
    answers = [addressOf(host)];
    return `http://rebind.example:${canaryPort}/song.mp3`;
  },
  'a name with a public and an inside address': (host) => {
    answers = ['93.184.215.14', addressOf(host)];
    return `http://rebind.example:${canaryPort}/song.mp3`;
  },
  'an HLS variant': (host) => hlsThatNames(host, 'variant'),
  'an HLS segment': (host) => hlsThatNames(host, 'segment'),
  'an HLS key': (host) => hlsThatNames(host, 'key'),
  'an HLS initialisation': (host) => hlsThatNames(host, 'map'),
  'an entry of a PLS': (host) => listOf('pls', inside(host)),
  'an entry of an M3U': (host) => listOf('m3u', inside(host)),
  'an entry of an ASX': (host) => listOf('asx', inside(host)),
  'an entry of an XSPF in a PLS': (host) => listOf('pls', listOf('xspf', inside(host))),
  'a redirect of an entry': (host) => {
    add(site, { redirectsTo: inside(host) });
    return listOf('pls', site.mediaUrl('lure', 'mp3'));
  },
  'an entry by a name': (host) => {
    answers = [addressOf(host)];
    return listOf('m3u', `http://rebind.example:${canaryPort}/song.mp3`);
  },
  'an HLS child by a name': (host) => {
    answers = [addressOf(host)];
    return hlsThatNames('rebind.example', 'segment');
  },
};

function listOf(format: 'pls' | 'm3u' | 'asx' | 'xspf', address: string): string {
  const texts = {
    pls: `[playlist]\nFile1=${address}\n`,
    m3u: `#EXTM3U\n${address}\n`,
    asx: `<asx><entry><ref href="${address}"/></entry></asx>`,
    xspf: `<playlist xmlns="http://xspf.org/ns/0/"><track><location>${address}</location></track></playlist>`,
  };
  lists++;
  return site.radio.addList(`${lists}.${format}`, 'text/plain', texts[format]);
}

function inside(host: string): string {
  return `http://${host}:${canaryPort}/`;
}

function addressOf(host: string): string {
  return new URL(`http://${host}`).hostname.replace(/^\[|\]$/g, '');
}

function hlsThatNames(host: string, as: (SiteHls & { type: 'names' })['as']): string {
  add(site, { hls: { type: 'names', as, url: `${inside(host)}x` } });
  return `${site.hlsUrl('lure')}?${as}-${host}`; // an address of its own, so that nothing is remembered
}

function add(on: MediaSite, how: { readonly redirectsTo?: string; readonly hls?: SiteHls }): void {
  const sound = { type: 'tone', hz: 440 } as const;
  on.addTrack({ id: 'lure', title: 'Lure', sound, durationMs: 6_000, formats: ['mp3'], ...how });
}

/** What the player says of a query: it looks it up, resolves it and opens it, with the real programs. */
async function outcomeOf(query: string): Promise<string> {
  const signal = AbortSignal.timeout(20_000);
  try {
    const result = await sources.registry.load(query, { signal });
    if (result.type !== 'track') return result.type;
    const media = await sources.registry.resolve(result.track, { signal, fresh: true });
    const playback = await engine.open(media, { startAtMs: 0, sound: PLAIN_SOUND, signal });
    try {
      await playback.ready(1);
      return 'played';
    } finally {
      await playback.close();
    }
  } catch (error) {
    return error instanceof PlayerError ? error.code : String(error);
  }
}

test('the canary sings: a connection to it would be seen', async () => {
  await fetch(`http://127.0.0.1:${canaryPort}/here`);
  expect(hits.splice(0)).toEqual([`127.0.0.1:${canaryPort}/here`]);
});

test.each(Object.keys(WAYS))(
  '%s leads to none of the 28 inside addresses',
  { timeout: 120_000 },
  async (way) => {
    const outcomes: Record<string, string> = {};
    for (const host of INSIDE_ADDRESSES) outcomes[host] = await outcomeOf(WAYS[way]?.(host) ?? '');
    expect(outcomes).toEqual(
      Object.fromEntries(INSIDE_ADDRESSES.map((host) => [host, 'ADDRESS_NOT_ALLOWED'])),
    );
    expect(hits).toEqual([]);
  },
);

test('a person is told in plain words, whichever way it was tried', async () => {
  await using stack = await Stack.start();
  const scene = await Scene.open(stack, 'curious');
  const sentence = 'I may not open this address';
  expect(await scene.play(inside('127.0.0.1'))).toContain(sentence);
  expect(await scene.play(inside('[::ffff:7f00:1]'))).toContain(sentence);

  add(stack.site, { redirectsTo: inside('169.254.169.254') });
  expect(await scene.play(stack.site.pageUrl('lure'))).toContain(sentence);
  expect(await scene.play(stack.site.mediaUrl('lure', 'mp3'))).toContain(sentence);

  add(stack.site, { hls: { type: 'names', as: 'variant', url: inside('127.0.0.1') } });
  await scene.play(stack.site.pageUrl('lure')); // the page is fine; what it leads to is not
  await scene.text.waitForMessage((message) => renderMessage(message).includes(sentence));
  const said = scene.text.messages.map(renderMessage).join('\n');
  expect(said).not.toMatch(/PlayerError|at .*\.ts|secret/);
  expect(hits).toEqual([]);
  stack.discord.assertNothingUnexpected();
});
