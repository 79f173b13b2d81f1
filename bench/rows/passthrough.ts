import { setTimeout as pause } from 'node:timers/promises';
import { synthesize } from '../../e2e/media-site/synthesize.ts';
import { SendRun } from '../../packages/player-service/bench/send/send-run.ts';
import type { BenchRow } from '../framework/bench-row.ts';
import { median } from '../framework/statistics.ts';
import { PlayerRig } from '../rig/player-rig.ts';

const TRACK_MS = 10 * 60_000;
const KIB = 1_024;

interface Repetition {
  readonly cpuUsPerPacket: number;
  readonly latenessP99Ms: number;
  readonly lost: number;
}

/** A WebM file on its way into a voice channel, read, demuxed and sent: the whole player against the library's. */
export const passthroughRow: BenchRow = {
  name: 'passthrough',
  async run({ quick }) {
    const { streams, seconds, repetitions } = quick
      ? { streams: 5, seconds: 1, repetitions: 1 }
      : { streams: 200, seconds: 4, repetitions: 5 };
    const mediaPath = await synthesize({
      sound: { type: 'tone', hz: 440 },
      durationMs: TRACK_MS,
      title: 'bench',
      format: 'webm',
    });
    await using rig = await PlayerRig.start({ trackMs: TRACK_MS });
    const rssEmpty = rig.usage.rssBytes;
    const guilds = await rig.joinGuilds(streams);
    const rssIdle = rig.usage.rssBytes;
    const query = await rig.addFile('webm');
    using bare = await SendRun.open({ way: 'bare', dave: false, connections: streams });
    using stock = await SendRun.open({ way: 'stock', dave: false, connections: streams, mediaPath });
    await rig.play(guilds, query);
    const ours: Repetition[] = [];
    const theirs: Repetition[] = [];
    const bares: Repetition[] = [];
    let stockRss = 0;
    for (let repetition = 0; repetition < repetitions; repetition++) {
      const { cpuUs, packets, latenessP99Ms, lost } = await rig.during(() => pause(seconds * 1_000));
      ours.push({ cpuUsPerPacket: cpuUs / packets, latenessP99Ms, lost });
      // The player goes on meanwhile: what is compared to it has the machine to itself no more than it has.
      bares.push(await bare.measure(streams, seconds));
      const measured = await stock.measure(streams, seconds);
      stockRss = measured.rssBytes;
      theirs.push(measured);
    }
    const rssActive = rig.usage.rssBytes;
    const perStream = (bytes: number) => `${(bytes / streams / KIB).toFixed(0)}`;
    const bareUs = median(bares.map(({ cpuUsPerPacket }) => cpuUsPerPacket));
    const line = (name: string, repetitions: readonly Repetition[]) => {
      const us = median(repetitions.map(({ cpuUsPerPacket }) => cpuUsPerPacket));
      const p99 = median(repetitions.map(({ latenessP99Ms }) => latenessP99Ms));
      const lost = repetitions.reduce((sum, repetition) => sum + repetition.lost, 0);
      return [name, us.toFixed(1), (us / bareUs).toFixed(2), p99.toFixed(1), String(lost)];
    };
    return [
      {
        title: `A WebM/Opus file, ${streams} streams`,
        columns: ['way', 'us per packet', '× bare loop', 'lateness p99 ms', 'lost'],
        rows: [
          line('bare loop (one frame over and over)', bares),
          line('Bandstand, all threads and processes', ours),
          line('`AudioPlayer` with its own demuxer', theirs),
        ],
        note: `Local files, no encoding anywhere, AES-256-GCM, ${repetitions} windows of ${seconds} s in turn while the player plays on, medians.`,
      },
      {
        title: `Memory of a player, ${streams} of them`,
        columns: ['way', 'idle in a channel, KiB', 'playing, KiB', 'process without players, MiB'],
        rows: [
          ['Bandstand', perStream(rssIdle - rssEmpty), perStream(rssActive - rssEmpty), mib(rssEmpty)],
          [
            '`AudioPlayer`',
            perStream(stock.rssBytes.idle - stock.rssBytes.empty),
            perStream(stockRss - stock.rssBytes.empty),
            mib(stock.rssBytes.empty),
          ],
        ],
        note: 'Resident memory of the process, above that without players and divided by their number. Bandstand: queue, store, commands and events included.',
      },
    ];
  },
};

function mib(bytes: number): string {
  return (bytes / KIB / KIB).toFixed(0);
}
