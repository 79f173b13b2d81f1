import { readdir } from 'node:fs/promises';
import { getPriority } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import { LocalInternet, YT_DLP } from '../../src/sources/local-internet.ts';
import { tryParseQuery } from '../../src/sources/query.ts';
import type { Track } from '../../src/sources/source.ts';
import { commandLine, type ExtractionTarget } from '../../src/sources/yt-dlp/command-line.ts';
import { openStarter } from '../../src/sources/yt-dlp/open-starter.ts';
import { prepareScriptCache } from '../../src/sources/yt-dlp/script-cache.ts';
import type { YtDlpStarter } from '../../src/sources/yt-dlp/starter.ts';
import { RunningChild } from '../../src/subprocess/running-child.ts';
import { RogueSite } from './rogue-site.ts';

const CANARY = 'canary-of-the-environment-2026';

let site: RogueSite;
let forked: YtDlpStarter;
let anew: YtDlpStarter;

beforeAll(async () => {
  env['BANDSTAND_CANARY'] = CANARY;
  site = await RogueSite.open();
  const { children, commandLine } = site;
  const options = { children, program: YT_DLP, commandLine, deadlineMs: 20_000 };
  forked = (await openStarter({ ...options, forks: true })).starter;
  anew = (await openStarter({ ...options, forks: false })).starter;
  const ways = () =>
    expect([forked.status, anew.status]).toMatchObject([{ way: 'fork' }, { way: 'process' }]);
  await vi.waitFor(ways, { timeout: 20_000 });
}, 30_000);

afterAll(async () => {
  delete env['BANDSTAND_CANARY'];
  await forked.close();
  await anew.close();
  expect(site.children.size).toBe(0);
  await site[Symbol.asyncDispose]();
});

/** What the site says about the process it runs in. */
async function answerOf(
  starter: YtDlpStarter,
  target: ExtractionTarget,
  options = site.commandLine,
): Promise<Record<string, unknown>> {
  const child = await starter.start(commandLine(options, target), AbortSignal.timeout(20_000));
  if (!(child instanceof RunningChild)) throw new Error(child.cause);
  const output = Buffer.concat(await child.stdout.toArray()).toString();
  expect(await child.ended).toMatchObject({ cause: 'exited', exitCode: 0, stderr: '' });
  expect(output.endsWith('\n')).toBe(true);
  return JSON.parse(JSON.parse(output).title);
}

const page = (name: string): ExtractionTarget => ({
  type: 'page',
  url: `https://rogue.invalid/watch/${name}`,
  maxEntries: 1,
});

test('a fork is to its question what a process of its own is', async () => {
  const [fork, own] = [await answerOf(forked, page('describe')), await answerOf(anew, page('describe'))];
  // What the test runner forgot to close is inherited by a process of its own, and not by a fork.
  expect({ ...fork, descriptors: [], random: 0 }).toEqual({ ...own, descriptors: [], random: 0 });
  expect(fork).toMatchObject({
    descriptors: [0, 1, 2],
    input: '/dev/null',
    leadsGroup: true,
    noNewPrivileges: true,
    nice: Math.min(getPriority() + 5, 19), // below the thread that sends
    limits: {
      CORE: [0, 0],
      CPU: [40, 40],
      DATA: [2 ** 30, 2 ** 30],
      FSIZE: [2 ** 26, 2 ** 26],
      NOFILE: [256, 256],
    },
  });
  expect(Object.keys(fork['environment'] as object)).toEqual(['HOME', 'LANG', 'PATH', 'TMPDIR']);
});

test('two forks share neither their random numbers nor a descriptor of another that runs', async () => {
  const abort = new AbortController();
  const waiting = await forked.start(commandLine(site.commandLine, page('hangs')), abort.signal);
  if (!(waiting instanceof RunningChild)) throw new Error(waiting.cause);
  await expect.poll(() => site.pids(), { timeout: 5_000 }).toContain(waiting.pid);
  const answers = [await answerOf(forked, page('describe')), await answerOf(forked, page('describe'))];
  expect(answers.map(({ descriptors }) => descriptors)).toEqual([
    [0, 1, 2],
    [0, 1, 2],
  ]);
  expect(answers[0]?.['random']).not.toBe(answers[1]?.['random']);
  abort.abort();
  expect(await waiting.ended).toMatchObject({ cause: 'aborted' });
});

test('hostile words reach a fork as one argument, as they are, and nothing of our environment does', async () => {
  const piece = fc.oneof(
    fc.constantFrom(
      '--exec',
      '--config-locations',
      '-o/tmp/x',
      '$BANDSTAND_CANARY',
      '%(id)s',
      '`id`',
      '\u202e',
    ),
    fc.constantFrom('--', '"', "'", '\\', '\n', '\0', ' ', '{"id":1}', '\ud800', '😀', 'é', 'roguesearch9:x'),
    fc.string({ unit: 'grapheme' }),
  );
  const words = fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(''));
  let asked = 0;
  for (const typed of fc.sample(words, { numRuns: 150, seed: 7 })) {
    const query = tryParseQuery(typed);
    if (query?.type !== 'words') continue;
    const target = { type: 'first-hit', words: query.text } as const;
    const answer = await answerOf(forked, target);
    expect(answer['args']).toEqual(commandLine(site.commandLine, target));
    expect(answer['query']).toBe(query.text);
    expect(JSON.stringify(answer)).not.toContain(CANARY);
    asked++;
  }
  expect(asked).toBeGreaterThan(80);
}, 60_000);

test('an argument that no process could be given is given to no fork', async () => {
  const args = ['--', 'a\0b'];
  for (const starter of [forked, anew]) {
    expect(await starter.start(args, AbortSignal.timeout(5_000))).toMatchObject({ cause: 'notStarted' });
  }
});

test('any number of forks and processes share the cache, and it outlives them', async () => {
  const folder = await prepareScriptCache({ folder: join(site.folder, 'cache') });
  const asking = { ...site.commandLine, cacheFolder: folder };
  const ask = (starter: YtDlpStarter) => answerOf(starter, page('remembers'), asking);
  const first = await ask(forked);
  expect(first['by']).toBeNull();
  const crowd = await Promise.all([forked, forked, anew, forked, forked, anew, forked, forked].map(ask));
  const pids = [first, ...crowd].map(({ pid }) => pid);
  for (const { by } of crowd) expect(pids).toContain(by);
  expect(pids).toContain((await ask(anew))['by']);
  expect(await readdir(join(folder, 'rogue'))).toEqual(['script.json']);
});

test('both ways find the same tracks, and the same media', async () => {
  await using internet = await LocalInternet.start();
  const [one, other] = [await internet.ytDlp({ forks: true }), await internet.ytDlp({ forks: false })];
  const signal = AbortSignal.timeout(60_000);
  const options = { signal };
  for (const id of ['tone440', 'choice', 'as-mp3', 'hls', 'hostile-title']) {
    const [found, expected] = await Promise.all(
      [one, other].map(async (source) => {
        const result = await source.load(internet.site.pageUrl(id), options);
        if (result.type !== 'track') throw new Error(result.type);
        const { url, headers, expiresAtMs, ...media } = await source.resolve(result.track, options);
        return { ...result, media, path: new URL(url).pathname, headers: Object.keys(headers).sort() };
      }),
    );
    expect(found, id).toEqual(expected);
  }
  const listed = await Promise.all(
    [one, other].map(async (source) => {
      const result = await source.load(internet.site.playlistUrl('three'), options);
      if (result.type !== 'playlist') throw new Error(result.type);
      const tracks: Track[] = [];
      for await (const track of result.tracks) tracks.push(track);
      return [result.name, tracks];
    }),
  );
  expect(listed[0]).toEqual(listed[1]);
  const hits = await Promise.all(
    [one, other].map((source) => source.search('Hz as', { ...options, limit: 5 })),
  );
  expect(hits[0]).toHaveLength(5);
  expect(hits[0]).toEqual(hits[1]);
  await Promise.all([one.close(), other.close()]);
}, 60_000);
