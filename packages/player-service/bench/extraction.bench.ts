import { readFile } from 'node:fs/promises';
import { pid as ownPid } from 'node:process';
import { LocalInternet } from '../src/sources/local-internet.ts';
import type { Track } from '../src/sources/source.ts';
import type { YtDlpSource } from '../src/sources/yt-dlp/yt-dlp-source.ts';

/**
 * How long a question to yt-dlp takes, and how much processor time: forked from a parent that has it loaded, beside a process for
 * each call. The real yt-dlp through the real guard, at a site on this machine. Rounds of the two ways alternate.
 *
 *   YT_DLP_PATH=… node packages/player-service/bench/extraction.bench.ts [rounds]
 */
const ROUNDS = Number(process.argv[2] ?? 40);
const AT_ONCE = 4;
const CLOCK_TICKS_PER_SECOND = 100;
const DEADLINE_MS = 60_000;

interface Way {
  readonly name: string;
  readonly source: YtDlpSource;
  /** Whose children are the extractions. */
  readonly parentPid: number;
}

interface Question {
  readonly name: string;
  readonly atOnce: number;
  readonly ask: (source: YtDlpSource, round: number) => Promise<unknown>;
}

const internet = await LocalInternet.start();
try {
  const ways = await openWays();
  const page: Track = {
    source: 'yt-dlp',
    identifier: internet.site.pageUrl('tone440'),
    title: '',
    isLive: false,
  };
  const resolve = (source: YtDlpSource, query = '') =>
    source.resolve({ ...page, identifier: `${page.identifier}${query}` }, { signal: signal(), fresh: true });
  const questions: readonly Question[] = [
    { name: 'a page, resolved', atOnce: 1, ask: (source) => resolve(source) },
    {
      name: 'a search',
      atOnce: 1,
      // Asked for more each time, or it would be known.
      ask: (source, round) => source.search('Hz as', { limit: 2 + round, signal: signal() }),
    },
    {
      name: `${AT_ONCE} pages at once, each`,
      atOnce: AT_ONCE,
      ask: (source, round) => resolve(source, `?${round}`),
    },
  ];
  const rows: string[] = [];
  for (const question of questions) rows.push(await compare(question, ways));
  const head =
    '| question | forked: median ms | p95 | CPU ms | process per call: median ms | p95 | CPU ms | ratio of medians | of CPU |';
  const lines = [
    `${ROUNDS} rounds of each`,
    '',
    head,
    `|${'---|'.repeat(9)}`,
    ...rows,
    '',
    await memory(ways),
  ];
  process.stdout.write(`${lines.join('\n')}\n`);
  await Promise.all(ways.map(({ source }) => source.close()));
} finally {
  await internet[Symbol.asyncDispose]();
}

async function openWays(): Promise<readonly [forked: Way, anew: Way]> {
  const options = { deadlineMs: DEADLINE_MS, concurrency: AT_ONCE + 1 };
  const forked = await internet.ytDlp({ ...options, forks: true, maxRequestsPerParent: 1e9 });
  const anew = await internet.ytDlp({ ...options, forks: false });
  const { starting } = forked;
  if (starting.way !== 'fork' || starting.parentPid === undefined)
    throw new Error(`nothing to compare: ${JSON.stringify(starting)}`);
  return [
    { name: 'forked', source: forked, parentPid: starting.parentPid },
    { name: 'a process for each call', source: anew, parentPid: ownPid },
  ];
}

async function compare({ name, atOnce, ask }: Question, ways: readonly Way[]): Promise<string> {
  const walls = ways.map((): number[] => []);
  const cpuMs = ways.map(() => 0);
  for (let round = -1; round < ROUNDS; round++) {
    for (const [index, { source, parentPid }] of ways.entries()) {
      const before = await cpuMsOf(parentPid);
      const startedAtMs = performance.now();
      await Promise.all(
        Array.from({ length: atOnce }, async (_, place) => {
          await ask(source, round * atOnce + place + AT_ONCE);
          if (round >= 0) walls[index]?.push(performance.now() - startedAtMs); // the first round warms the disk
        }),
      );
      if (round >= 0) cpuMs[index] = (cpuMs[index] ?? 0) + (await cpuMsOf(parentPid)) - before;
    }
  }
  const cells = ways.map((_, index) => {
    const times = walls[index] ?? [];
    return [at(times, 0.5), at(times, 0.95), (cpuMs[index] ?? 0) / ROUNDS / atOnce] as const;
  });
  const [forked, anew] = cells;
  if (forked === undefined || anew === undefined) throw new Error('bug: two ways are compared');
  const numbers = cells.flat().map((value) => value.toFixed(0));
  const ratios = [anew[0] / forked[0], anew[2] / forked[2]].map((ratio) => ratio.toFixed(1));
  return `| ${[name, ...numbers, ...ratios].join(' | ')} |`;
}

/** What one more extraction costs in memory while it waits for a site. */
async function memory(ways: readonly Way[]): Promise<string> {
  const parts: string[] = [];
  for (const { name, source, parentPid } of ways) {
    const before = await childrenOf(parentPid);
    const abort = new AbortController();
    const waiting = source
      .load(internet.site.pageUrl('hanging'), { signal: abort.signal })
      .catch((error: unknown) => error);
    internet.site.log.clear();
    while (internet.site.log.list('/watch/hanging').length === 0) await new Promise(setImmediate);
    const started = (await childrenOf(parentPid)).find((child) => !before.includes(child));
    if (started === undefined) throw new Error('the extraction runs below another process');
    parts.push(`${name} ${await privateMib(started)} MiB`);
    abort.abort();
    await waiting;
  }
  const [{ parentPid }] = ways as readonly [Way, ...Way[]];
  return `Memory of its own, of one extraction that waits: ${parts.join(', ')}; the parent holds ${await privateMib(parentPid)} MiB.`;
}

/** Of the children that were waited for; the parent of forks does nothing besides. */
async function cpuMsOf(pid: number): Promise<number> {
  const fields = (await readFile(`/proc/${pid}/stat`, 'latin1')).replace(/^.*\) /s, '').split(' ');
  const [childrenUser, childrenSystem] = [Number(fields[13]), Number(fields[14])];
  return ((childrenUser + childrenSystem) * 1_000) / CLOCK_TICKS_PER_SECOND;
}

async function childrenOf(pid: number): Promise<readonly number[]> {
  const text = await readFile(`/proc/${pid}/task/${pid}/children`, 'utf8');
  return text.trim().split(' ').filter(Boolean).map(Number);
}

async function privateMib(pid: number): Promise<string> {
  const text = await readFile(`/proc/${pid}/smaps_rollup`, 'utf8');
  const kib = [...text.matchAll(/^Private_(?:Clean|Dirty):\s+(\d+) kB/gm)].reduce(
    (sum, [, n]) => sum + Number(n),
    0,
  );
  return (kib / 1024).toFixed(0);
}

function at(values: readonly number[], share: number): number {
  return values.toSorted((a, b) => a - b)[Math.floor(values.length * share)] ?? Number.NaN;
}

function signal(): AbortSignal {
  return AbortSignal.timeout(DEADLINE_MS);
}
