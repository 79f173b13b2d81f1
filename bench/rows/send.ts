import { WAYS, type Way } from '../../packages/player-service/bench/send/messages.ts';
import { type Measured, SendRun } from '../../packages/player-service/bench/send/send-run.ts';
import type { BenchRow, BenchTable } from '../framework/bench-row.ts';
import { medianOf } from '../framework/statistics.ts';

const MIB = 1_024 * 1_024;
const FRAMES_PER_SECOND = 50;
const IN_WORDS: Record<Way, string> = {
  bare: 'bare loop',
  own: 'Bandstand',
  stock: '`AudioPlayer`',
};

/** CPU of one packet on its way out, and the memory of a connection: without anything else, ours, the library's. */
export const sendRow: BenchRow = {
  name: 'send',
  async run({ quick }) {
    const { streams, seconds, repetitions } = quick
      ? { streams: 10, seconds: 0.5, repetitions: 1 }
      : { streams: 200, seconds: 2, repetitions: 7 };
    const tables: BenchTable[] = [];
    for (const dave of quick ? [false] : [false, true]) {
      tables.push(await compare({ dave, streams, seconds, repetitions }));
    }
    return tables;
  },
};

interface Comparison {
  readonly dave: boolean;
  readonly streams: number;
  readonly seconds: number;
  readonly repetitions: number;
}

async function compare({ dave, streams, seconds, repetitions }: Comparison): Promise<BenchTable> {
  using opened = new DisposableStack();
  const runs: { readonly way: Way; readonly run: SendRun; readonly measured: Measured[] }[] = [];
  for (const way of WAYS) {
    const run = opened.use(await SendRun.open({ way, dave, connections: streams }));
    runs.push({ way, run, measured: [] });
  }
  for (let repetition = 0; repetition < repetitions; repetition++) {
    for (const { run, measured } of runs) measured.push(await run.measure(streams, seconds));
  }
  const bareUs = medianOf(runs[0]?.measured ?? [], ({ cpuUsPerPacket }) => cpuUsPerPacket);
  return {
    title: `CPU of a packet, ${dave ? 'end-to-end encrypted (DAVE)' : 'transport encryption alone'}`,
    columns: [
      'way',
      'us per packet',
      '× bare loop',
      'streams that fill a core',
      'lateness p50 / p99 ms',
      'lost',
      'RSS of a stream, KiB',
    ],
    rows: runs.map(({ way, run, measured }) => {
      const of = (measure: (repetition: Measured) => number) => medianOf(measured, measure);
      const cpuUs = of(({ cpuUsPerPacket }) => cpuUsPerPacket);
      const latenesses = [of(({ latenessP50Ms }) => latenessP50Ms), of(({ latenessP99Ms }) => latenessP99Ms)];
      const lost = measured.reduce((sum, repetition) => sum + repetition.lost, 0);
      const grown = of(({ rssBytes }) => rssBytes) - run.rssBytes.empty;
      return [
        IN_WORDS[way],
        cpuUs.toFixed(1),
        (cpuUs / bareUs).toFixed(2),
        (1_000_000 / FRAMES_PER_SECOND / cpuUs).toFixed(0),
        latenesses.map((ms) => ms.toFixed(1)).join(' / '),
        String(lost),
        (grown / streams / 1_024).toFixed(0),
      ];
    }),
    note: `${streams} streams of 240-byte frames in one thread, AES-256-GCM, ${repetitions} windows of ${seconds} s taken in turn, medians. CPU of the sending process alone, all its threads; lateness by the kernel's clock at the receiving port; RSS above that of the process without connections (${((runs[1]?.run.rssBytes.empty ?? 0) / MIB) | 0} MiB).`,
  };
}
