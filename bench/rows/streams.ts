import { WAYS, type Way } from '../../packages/player-service/bench/send/messages.ts';
import { SendRun } from '../../packages/player-service/bench/send/send-run.ts';
import type { BenchRow, BenchTable } from '../framework/bench-row.ts';

/** What counts as kept up with. */
const LATENESS_P99_MS = 5;
const ARRIVED_SHARE = 0.995;
/** By then its loop is full by any measure. */
const STOCK_MOST = 600;
/** Another process may have had the core for a moment: that is no fault of the way. */
const TRIES = 3;
const IN_WORDS: Record<Way, string> = { bare: 'bare loop', own: 'Bandstand', stock: '`AudioPlayer`' };

interface Search {
  readonly connections: number;
  readonly step: number;
  readonly seconds: number;
}

interface Found {
  /** The most streams that were kept up with. */
  readonly streams: number;
  readonly cpuPercent: number;
  readonly latenessP99Ms: number;
  /** Why not one step more. */
  readonly brokeWith: string;
}

/** Streams that one thread sends in time: the number goes up until the bound breaks. */
export const streamsRow: BenchRow = {
  name: 'streams',
  async run({ quick }) {
    const tables: BenchTable[] = [];
    for (const dave of quick ? [false] : [false, true]) {
      const search = quick
        ? { connections: 20, step: 10, seconds: 0.5 }
        : { connections: dave ? 700 : 1_000, step: 100, seconds: 2 };
      const found = new Map<Way, Found>();
      for (const way of WAYS) found.set(way, await searchMost(way, dave, search));
      tables.push(tableOf(dave, found, search));
    }
    return tables;
  },
};

async function searchMost(
  way: Way,
  dave: boolean,
  { connections: most, step, seconds }: Search,
): Promise<Found> {
  const connections = Math.min(most, way === 'stock' ? STOCK_MOST : most);
  using run = await SendRun.open({ way, dave, connections });
  let best: Found = { streams: 0, cpuPercent: 0, latenessP99Ms: 0, brokeWith: 'more were not opened' };
  /** Whether one of the tries was kept up with. */
  const isKeptUp = async (streams: number): Promise<boolean> => {
    for (let tries = 0; tries < TRIES; tries++) {
      const measured = await run.measure(streams, seconds);
      const { cpuPercent, latenessP99Ms } = measured;
      const broken = complaint(measured);
      if (broken === undefined) {
        best = { ...best, streams, cpuPercent, latenessP99Ms };
        return true;
      }
      best = { ...best, brokeWith: `${streams}: ${broken}` };
    }
    return false;
  };
  for (let streams = step; streams <= connections; streams += step) {
    if (await isKeptUp(streams)) continue;
    await isKeptUp(streams - step / 2);
    return best;
  }
  return { ...best, brokeWith: 'more were not opened' };
}

function complaint(measured: {
  latenessP99Ms: number;
  lost: number;
  arrivedShare: number;
}): string | undefined {
  const { latenessP99Ms, lost, arrivedShare } = measured;
  if (lost > 0) return `${lost} lost`;
  if (arrivedShare < ARRIVED_SHARE) return `${(arrivedShare * 100).toFixed(1)} % of the packets sent`;
  if (latenessP99Ms > LATENESS_P99_MS) return `p99 ${latenessP99Ms.toFixed(1)} ms`;
  return undefined;
}

function tableOf(dave: boolean, found: ReadonlyMap<Way, Found>, { step, seconds }: Search): BenchTable {
  const stock = found.get('stock')?.streams ?? Number.NaN;
  return {
    title: `Streams of one thread, ${dave ? 'end-to-end encrypted (DAVE)' : 'transport encryption alone'}`,
    columns: ['way', 'streams', '× `AudioPlayer`', 'CPU, % of a core', 'p99 ms', 'what broke next'],
    rows: [...found].map(([way, { streams, cpuPercent, latenessP99Ms, brokeWith }]) => [
      IN_WORDS[way],
      String(streams),
      (streams / stock).toFixed(1),
      cpuPercent.toFixed(0),
      latenessP99Ms.toFixed(1),
      brokeWith,
    ]),
    note: `The most streams with p99 lateness ≤ ${LATENESS_P99_MS} ms, nothing lost and at least ${ARRIVED_SHARE * 100} % of the packets sent, in steps of ${step}, then half a step, ${seconds} s each; a number counts as too many after ${TRIES} tries.`,
  };
}
