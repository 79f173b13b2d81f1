import { mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, memoryUsage } from 'node:process';
import { PlayerError } from '@bandstand/protocol';
import fc from 'fast-check';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { ChildProcesses } from '../../subprocess/child-processes.ts';
import { YT_DLP } from '../local-internet.ts';
import { tryParseQuery } from '../query.ts';
import { type CommandLineOptions, commandLine } from './command-line.ts';
import { YtDlpSource } from './yt-dlp-source.ts';

const CANARY = 'canary-of-the-environment-4711';
const MIB = 1024 * 1024;

let folder: string;
let children: ChildProcesses;

beforeEach(async () => {
  env['BANDSTAND_CANARY'] = CANARY;
  folder = await mkdtemp(join(tmpdir(), 'bandstand-stub-'));
  children = await ChildProcesses.open({
    searchPath: env['PATH'] ?? '',
    parentFolder: folder,
    killGraceMs: 300,
  });
});

afterEach(async () => {
  delete env['BANDSTAND_CANARY'];
  expect(children.size).toBe(0);
  await children.close();
  await rm(folder, { recursive: true });
});

/** A program that stands in for yt-dlp; it knows `--version` and otherwise does what `script` (sh) says. */
async function stub(script: string, version = '2026.08.19'): Promise<string> {
  const path = join(folder, 'yt-dlp');
  const text = `#!/bin/sh\nfor a in "$@"; do [ "$a" = "--version" ] && { echo '${version}'; exit 0; }; done\n${script}\n`;
  await writeFile(path, text, { mode: 0o755 });
  return path;
}

async function open(program: string, deadlineMs = 10_000): Promise<YtDlpSource> {
  return YtDlpSource.open({
    children,
    program,
    proxyUrl: 'http://127.0.0.1:1',
    concurrency: 4,
    deadlineMs,
    playlistLimit: 500,
    maxTrackMs: 3_600_000,
    liveAllowed: false,
    isProduction: true,
  });
}

const ENTRY = JSON.stringify({
  id: 'x',
  title: 'Stub',
  url: 'https://media.example/x.webm',
  webpage_url: 'https://www.youtube.com/watch?v=x',
  ext: 'webm',
  acodec: 'opus',
  protocol: 'https',
  duration: 10,
});

describe('a program that misbehaves', () => {
  const url = 'https://www.youtube.com/watch?v=x';

  test.each([
    ['hangs', 'sleep 600 & sleep 600', 'SOURCE_TIMEOUT'],
    ['hangs and ignores SIGTERM', 'trap "" TERM; sleep 600 & sleep 600; sleep 600', 'SOURCE_TIMEOUT'],
    ['writes 1 GiB in one line', 'yes | tr -d "\\n" | head -c 1073741824', 'EXTRACTOR_KILLED'],
    ['writes endless empty lines', 'yes ""', 'EXTRACTOR_KILLED'],
    ['complains without end', 'yes complaint >&2', 'SOURCE_TIMEOUT'],
    ['writes JSON that is none', 'echo "{nonsense}"; sleep 600', 'EXTRACTOR_BROKEN'],
    ['writes invalid UTF-8', 'printf "\\377\\376\\n"', 'EXTRACTOR_BROKEN'],
    ['writes something that is no entry', 'echo "[1,2,3]"', 'EXTRACTOR_BROKEN'],
    ['stops in the middle of an entry', 'printf \'{"id": "x", "ti\'', 'EXTRACTOR_BROKEN'],
    ['crashes in the middle of an entry', 'printf \'{"id": "x", "ti\'; kill -SEGV $$', 'EXTRACTOR_KILLED'],
    ['is killed', 'kill -KILL $$', 'EXTRACTOR_KILLED'],
    ['fails without a word', 'exit 1', 'EXTRACTOR_BROKEN'],
    ['does not know an option', 'echo "error: no such option: --ies" >&2; exit 2', 'EXTRACTOR_BROKEN'],
    ['runs out of memory', 'echo MemoryError >&2; exit 1', 'EXTRACTOR_KILLED'],
  ])('%s is told by its cause and leaves nothing behind', async (_name, script, code) => {
    const source = await open(await stub(script), 1_000);
    const before = memoryUsage().rss;
    const loading = source.load(url, { signal: AbortSignal.timeout(10_000) });
    await expect(loading).rejects.toBeInstanceOf(PlayerError);
    await expect(loading).rejects.toMatchObject({ code });
    expect(memoryUsage().rss - before).toBeLessThan(64 * MIB);
    expect(children.size).toBe(0);
    await source.close();
  });

  test('ending well with nothing said is an empty result', async () => {
    const source = await open(await stub('exit 0'));
    expect(await source.load(url, { signal: AbortSignal.timeout(5_000) })).toEqual({ type: 'empty' });
    await source.close();
  });

  test('an entry before a failure counts for a playlist, and the failure comes after it', async () => {
    const flat = JSON.stringify({
      _type: 'url',
      id: 'x',
      title: 'One',
      url,
      playlist_id: 'p',
      playlist_title: 'P',
    });
    const source = await open(
      await stub(`echo '${flat}'; echo "ERROR: HTTP Error 429: Too Many Requests" >&2; exit 1`),
    );
    const result = await source.load(url, { signal: AbortSignal.timeout(5_000) });
    if (result.type !== 'playlist') throw new Error(result.type);
    const tracks = result.tracks[Symbol.asyncIterator]();
    expect((await tracks.next()).value).toMatchObject({ title: 'One' });
    await expect(tracks.next()).rejects.toMatchObject({ code: 'RATE_LIMITED' });
    await source.close();
  });

  test('a failure names neither signed URLs nor what else the program said before it', async () => {
    const source = await open(
      await stub('echo "secret-warning" >&2; echo "ERROR: no https://a.example/?sig=abc" >&2; exit 1'),
    );
    const error = await source
      .load(url, { signal: AbortSignal.timeout(5_000) })
      .catch((cause: unknown) => cause);
    expect(JSON.stringify(error) + String(error)).not.toMatch(/sig=abc|secret-warning/);
    await source.close();
  });
});

describe('the version', () => {
  test.each([
    ['2023.03.04', 'too old'],
    ['2026.07.03', 'too old'],
    ['2026.6.30.1', 'too old'],
    ['youtube-dl 2021', 'is not yt-dlp'],
    ['', 'is not yt-dlp'],
  ])('%j is refused: %s', async (version, words) => {
    const opening = open(await stub('exit 0', version));
    await expect(opening).rejects.toMatchObject({
      code: 'EXTRACTOR_MISSING',
      message: expect.stringContaining(words),
    });
  });

  test.each(['2026.07.04', '2026.8.19', '2027.01.01.232815'])('%s is taken', async (version) => {
    const source = await open(await stub('exit 0', version));
    expect(source.version).toBe(version);
    await source.close();
  });

  test('an absent program is refused by name', async () => {
    const opening = open('no-such-yt-dlp');
    await expect(opening).rejects.toMatchObject({
      code: 'EXTRACTOR_MISSING',
      message: expect.stringContaining('no-such-yt-dlp'),
    });
  });
});

const OPTIONS: CommandLineOptions = {
  extractors: ['youtube.*'],
  searchKey: 'ytsearch',
  proxyUrl: 'http://127.0.0.1:1',
  pluginFolders: [],
};

/** Every option that the real program knows, alone and with an argument that would do harm. */
async function realOptions(): Promise<readonly string[]> {
  const { stdout } = await children.collect({ program: YT_DLP, args: ['--help'], deadlineMs: 20_000 });
  const names = new Set(stdout.toString().match(/(?<=[\s,])--?[a-zA-Z][\w-]*/g));
  expect(names.size).toBeGreaterThan(200);
  return [...names].flatMap((name) => [name, `${name}=/etc/passwd`, `${name} id`, `${name}/etc/hostname`]);
}

function hostileQueries(options: readonly string[]): fc.Arbitrary<string> {
  const special = fc.constantFrom(
    '\0',
    '\n',
    '\r\n',
    '\u202e',
    '\u2066',
    '\ud800',
    '`id`',
    '$(id)',
    '$BANDSTAND_CANARY',
    '%(id)s',
    ';',
    '|',
    '"',
    "'",
    '--',
    '-',
    ' ',
  );
  const piece = fc.oneof(fc.constantFrom(...options), special, fc.string({ unit: 'grapheme' }), fc.webUrl());
  return fc.oneof(
    fc.constantFrom(...options),
    fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join('')),
    fc.array(piece, { minLength: 1, maxLength: 6 }).map((pieces) => pieces.join(' ')),
    fc.string({ unit: 'binary', maxLength: 10_240, size: 'max' }),
    fc.constantFrom(
      'ytsearch9999:x',
      ':ytfav',
      'ytsearchall:x',
      'file:///etc/passwd',
      `https://www.youtube.com/watch?v=${'x'.repeat(3_000)}`,
    ),
  );
}

describe('hostile queries', () => {
  test('ten thousand of them end up in one argument behind "--", or nowhere', async () => {
    const queries = hostileQueries(await realOptions());
    let taken = 0;
    fc.assert(
      fc.property(queries, (typed) => {
        const query = tryParseQuery(typed);
        if (query === undefined) return;
        taken++;
        const target =
          query.type === 'url'
            ? ({ type: 'page', url: query.text, maxEntries: 500 } as const)
            : ({ type: 'first-hit', words: query.text } as const);
        const args = commandLine(OPTIONS, target);
        const end = args.indexOf('--');
        expect(args.slice(end + 1)).toEqual([query.type === 'url' ? query.text : `ytsearch1:${query.text}`]);
        // What stands before does not depend on the query.
        const harmless = commandLine(
          OPTIONS,
          query.type === 'url'
            ? ({ ...target, url: 'https://a.example/' } as typeof target)
            : { type: 'first-hit', words: 'x' },
        );
        expect(args.slice(0, end)).toEqual(harmless.slice(0, end));
      }),
      { numRuns: 10_000 },
    );
    expect(taken).toBeGreaterThan(3_000);
  }, 60_000);

  test('reach the program as they are, and nothing of our environment does', async () => {
    // The program writes down its arguments and environment, and tries to answer with the canary.
    const record = join(folder, 'records');
    const program = await stub(
      `r="${record}.$$"; printf '%s\\0' "$@" > "$r.argv"; env > "$r.env"; printf '%s\\n' '${ENTRY.replace('Stub', 'Stub "$BANDSTAND_CANARY"')}' | sed 's/ "\\$BANDSTAND_CANARY"/ '"$BANDSTAND_CANARY"'/'`,
    );
    const source = await open(program);
    const queries = fc.sample(hostileQueries(await realOptions()), 300);
    const answers: string[] = [];
    const sent = new Set<string>();
    for (const typed of queries) {
      try {
        const signal = AbortSignal.timeout(5_000);
        const query = tryParseQuery(typed);
        answers.push(JSON.stringify(await source.load(typed, { signal })));
        if (query) sent.add(query.type === 'url' ? query.text : `ytsearch1:${query.text}`);
      } catch (error) {
        expect(error).toBeInstanceOf(PlayerError);
        answers.push(`${String(error)} ${JSON.stringify(error)}`);
      }
    }
    await source.close();
    expect(sent.size).toBeGreaterThan(50);

    const files = await readdir(folder);
    const read = (end: string) =>
      Promise.all(
        files.filter((name) => name.endsWith(end)).map((name) => readFile(join(folder, name), 'utf8')),
      );
    const argvs = await read('.argv');
    const received = argvs
      .map((text) => text.slice(0, -1).split('\0'))
      .map((argv) => argv.slice(argv.indexOf('--') + 1));
    expect(received.map((rest) => rest.length)).toEqual(received.map(() => 1));
    expect(new Set(received.flat())).toEqual(sent);
    expect([...answers, ...argvs, ...(await read('.env'))].join('\n')).not.toContain(CANARY);
  }, 60_000);
});
