import { setTimeout as pause } from 'node:timers/promises';
import { type Sample, slopePerHour } from '../../e2e/soak/slope.ts';
import type { BenchRow } from '../framework/bench-row.ts';
import { PlayerRig, type RigGuild } from '../rig/player-rig.ts';

const FRAME_MS = 20;
const MIB = 1_024 * 1_024;
const SAMPLE_EVERY_MS = 5_000;
/** The first quarter, at most five minutes: heaps and caches fill. */
const WARM_UP = { share: 0.25, mostMs: 5 * 60_000 };
/** Streams begin and are looked at one after another. */
const SLACK_MS = 3 * 60_000;

/** Whether a long run sends a frame in each 20 ms, and no more memory is in use at its end than at its beginning. */
export const driftRow: BenchRow = {
  name: 'drift',
  onRequest: true,
  async run({ quick, minutes }) {
    const { passthrough, transcoded } = quick
      ? { passthrough: 3, transcoded: 1 }
      : { passthrough: 200, transcoded: 30 };
    const durationMs = quick ? 5_000 : minutes * 60_000;
    await using rig = await PlayerRig.start({ trackMs: durationMs + SLACK_MS });
    const untouched = await rig.joinGuilds(passthrough);
    const encoded = await rig.joinGuilds(transcoded);
    await rig.play(untouched, await rig.addFile('webm'));
    await rig.play(encoded, await rig.addFile('mp3'));
    const guilds = [...untouched, ...encoded];

    const samples: Sample[] = [];
    const startedAtMs = performance.now();
    const begun = await lookAt(rig, guilds);
    const cpuUsBefore = rig.usage.cpuUs;
    while (performance.now() < startedAtMs + durationMs) {
      samples.push({ atMs: performance.now(), value: rig.usage.rssBytes / MIB });
      await pause(Math.max(0, Math.min(SAMPLE_EVERY_MS, startedAtMs + durationMs - performance.now())));
    }
    const cpuPercent = (rig.usage.cpuUs - cpuUsBefore) / durationMs / 10;
    const ended = await lookAt(rig, guilds);
    const drifts = ended.map(({ sent, atMs }, index) => {
      const first = begun[index] ?? { sent: Number.NaN, atMs: Number.NaN };
      return sent - first.sent - (atMs - first.atMs) / FRAME_MS;
    });
    const late = ended.reduce((sum, look, index) => sum + look.late - (begun[index]?.late ?? 0), 0);
    const missing = ended.reduce((sum, look, index) => sum + look.missing - (begun[index]?.missing ?? 0), 0);
    const warm = samples.filter(
      ({ atMs }) => atMs - startedAtMs >= Math.min(durationMs * WARM_UP.share, WARM_UP.mostMs),
    );
    const [first, last] = [warm[0]?.value ?? Number.NaN, warm.at(-1)?.value ?? Number.NaN];
    const off = drifts.filter((drift) => Math.abs(drift) > 1).length;
    return [
      {
        title: `${passthrough} passthrough and ${transcoded} transcoded streams for ${(durationMs / 60_000).toFixed(1)} minutes`,
        columns: ['measure', 'value'],
        rows: [
          [
            'frames sent less elapsed / 20 ms, least and most of any stream',
            `${Math.min(...drifts).toFixed(2)} to ${Math.max(...drifts).toFixed(2)}`,
          ],
          ['streams further off than one frame', String(off)],
          ['frames more than 20 ms late / that did not leave', `${late} / ${missing}`],
          ['RSS after the warm-up, at the end', `${first.toFixed(0)}, ${last.toFixed(0)} MiB`],
          ['slope of RSS after the warm-up', `${slopePerHour(warm).toFixed(1)} MiB per hour`],
          ['CPU of the player and its children', `${cpuPercent.toFixed(0)} % of a core`],
        ],
        note: 'Frames as the player counts them, each count taken at the middle of its question. The slope is a line fitted through samples of every 5 s.',
      },
    ];
  },
};

interface Look {
  readonly atMs: number;
  readonly sent: number;
  readonly late: number;
  readonly missing: number;
}

/** One after another: a question that waits in line is asked at no known time. */
async function lookAt(rig: PlayerRig, guilds: readonly RigGuild[]): Promise<Look[]> {
  const looks: Look[] = [];
  for (const guild of guilds) {
    const askedAtMs = performance.now();
    const { sent, late, missing } = await rig.frames(guild);
    looks.push({ atMs: (askedAtMs + performance.now()) / 2, sent, late, missing });
  }
  return looks;
}
