import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { promisify } from 'node:util';
import { synthesize } from '../../e2e/media-site/synthesize.ts';
import type { BenchRow } from '../framework/bench-row.ts';
import { median } from '../framework/statistics.ts';
import { PlayerRig } from '../rig/player-rig.ts';

const TRACK_MS = 2 * 60_000;
const BITRATE_KBPS = 96;
const COMPLEXITY = 10;
/** Enough for the thread that plays to be compiled, and to have more to do than to wake up. */
const WARM_UP_MS = 15_000;
const CODEC_ALONE = join(import.meta.dirname, '../../packages/player-service/bench/codec-alone.ts');

interface Way {
  readonly name: string;
  readonly format: 'webm' | 'mp3';
  readonly volumePercent: number;
}

const WAYS: readonly Way[] = [
  { name: 'Opus decoded, volume 80 %, encoded', format: 'webm', volumePercent: 80 },
  { name: 'MP3 decoded by ffmpeg, encoded', format: 'mp3', volumePercent: 100 },
];

/** What a stream costs that has to be encoded, all processes together, against the encoder alone. */
export const transcodeRow: BenchRow = {
  name: 'transcode',
  async run({ quick }) {
    const { streams, seconds, repetitions } = quick
      ? { streams: 2, seconds: 1, repetitions: 1 }
      : { streams: 60, seconds: 3, repetitions: 5 };
    const pcmPath = await synthesize({
      sound: { type: 'tune' },
      durationMs: 30_000,
      title: 'bench',
      format: 'wav',
    });
    const alone: CodecAlone[] = [];
    let complexity = COMPLEXITY;
    const ours = new Map<Way, number[]>(WAYS.map((way) => [way, []]));
    for (const way of WAYS) {
      await using rig = await PlayerRig.start({
        trackMs: TRACK_MS,
        player: { OPUS_BITRATE_KBPS: String(BITRATE_KBPS), OPUS_COMPLEXITY: String(COMPLEXITY) },
      });
      const query = await rig.addFile(way.format, { type: 'tune' });
      const guilds = await rig.joinGuilds(streams);
      for (const guild of guilds)
        await rig.client.request('SET_VOLUME', guild, { volume_percent: way.volumePercent });
      await rig.play(guilds, query);
      if (!quick) await pause(WARM_UP_MS);
      for (let repetition = 0; repetition < repetitions; repetition++) {
        const { cpuUs, packets } = await rig.during(() => pause(seconds * 1_000));
        ours.get(way)?.push(cpuUs / packets);
        complexity = Math.min(complexity, await rig.complexity());
        alone.push(await codecAlone(pcmPath, complexity));
      }
    }
    const encodeUs = median(alone.map((codec) => codec.encodeUs));
    const bothUs = encodeUs + median(alone.map((codec) => codec.decodeUs));
    const line = (name: string, us: number) => [
      name,
      us.toFixed(0),
      (us / encodeUs).toFixed(2),
      (us / bothUs).toFixed(2),
      ((us * 50) / 10_000).toFixed(2),
    ];
    return [
      {
        title: `Streams that are encoded, ${streams} of them`,
        columns: [
          'way',
          'CPU us per frame',
          '× the encoder alone',
          '× decoder and encoder alone',
          'one stream, % of a core',
        ],
        rows: [
          line('libopus, encoding alone', encodeUs),
          line('libopus, decoding and encoding alone', bothUs),
          ...WAYS.map((way) => line(`Bandstand: ${way.name}`, median(ours.get(way) ?? []))),
        ],
        note: `Stereo music at ${BITRATE_KBPS} kbit/s, complexity ${complexity}${complexity < COMPLEXITY ? ' (the player turned it down under the load of the machine)' : ''}; CPU of the player and its child processes, from file to encrypted packet. The encoder and the decoder alone are the same library called on samples and packets in memory. ${repetitions} windows of ${seconds} s, medians.`,
      },
    ];
  },
};

/** CPU of one frame, us. */
interface CodecAlone {
  readonly encodeUs: number;
  readonly decodeUs: number;
}

/** In a process that does nothing else. */
async function codecAlone(pcmPath: string, complexity: number): Promise<CodecAlone> {
  const { stdout } = await promisify(execFile)(
    execPath,
    [CODEC_ALONE, pcmPath, String(BITRATE_KBPS * 1_000), String(complexity)],
    { timeout: 60_000 },
  );
  return JSON.parse(stdout) as CodecAlone;
}
