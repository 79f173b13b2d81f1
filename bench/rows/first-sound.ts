import { execFile, spawn } from 'node:child_process';
import { env } from 'node:process';
import { promisify } from 'node:util';
import { PlayerClient } from '../../e2e/harness/player-client.ts';
import { Scene } from '../../e2e/harness/scene.ts';
import { Stack } from '../../e2e/harness/stack.ts';
import type { HeardFrame } from '../../packages/discord-simulator/src/index.ts';
import { PacketDecoder } from '../../packages/player-service/src/audio/opus-codec.ts';
import { channelOf, toneLevelDb } from '../../packages/test-support/src/index.ts';
import type { BenchRow } from '../framework/bench-row.ts';
import { median, percentile } from '../framework/statistics.ts';

const SAMPLE_RATE_HZ = 48_000;
const FRAME_SAMPLES = 960;
const PCM_FRAME_BYTES = FRAME_SAMPLES * 4;
const SHORT_MS = 1_000;
const LONG_MS = 15_000;
/** Frames of a track that are heard before it is skipped: time to have the next one ready. */
const BEFORE_SKIP = 75;
const DEADLINE_MS = 30_000;

/** How long a person waits for sound: first sound, skip, and from one track to the next. */
export const firstSoundRow: BenchRow = {
  name: 'first-sound',
  async run({ quick }) {
    const rounds = quick ? 1 : 15;
    await using stack = await Stack.start({ player: { LOG_LEVEL: 'info' }, bot: { LOG_LEVEL: 'info' } });
    using client = new PlayerClient(stack.commandEndpoint);
    const shorts = await addTones(stack, 'short', rounds, SHORT_MS);
    const longs = await addTones(stack, 'long', rounds + 1, LONG_MS);
    const scene = await Scene.open(stack, 'bench');
    await scene.play(stack.site.pageUrl('short'));
    await scene.ear.hearsTheEnd(1, DEADLINE_MS);

    const cold: number[] = [];
    const warm: number[] = [];
    const perTrack: number[] = [];
    for (const { id } of shorts) {
      cold.push(await firstSoundMs(scene, client, stack.site.pageUrl(id)));
      perTrack.push(await processPerTrackMs(stack, id));
      warm.push(await firstSoundMs(scene, client, stack.site.pageUrl(id)));
    }
    const skipped = await skipTimesMs(stack, client, longs);
    const gap = await gapFrames(stack);

    const baseMs = median(perTrack);
    const line = (what: string, values: readonly number[]) => [
      what,
      median(values).toFixed(0),
      percentile(values, 0.95).toFixed(0),
      (baseMs / median(values)).toFixed(1),
    ];
    return [
      {
        title: 'From a command to sound',
        columns: ['what', 'median ms', 'p95 ms', 'times faster'],
        rows: [
          line('a yt-dlp process and an ffmpeg process for each track, to the first frame of PCM', perTrack),
          line('`ADD_TO_QUEUE` to the first packet, a page never seen', cold),
          line('`ADD_TO_QUEUE` to the first packet, a page seen lately', warm),
          line('`SKIP_SONG` to the first packet of the next track, which was prefetched', skipped),
        ],
        note: `${rounds} times each, in turn; pages, media and voice server on the same machine, end-to-end encrypted. The first line is what players do that start both programs for each track, for a skip and at the end of a track as well; it stops before encoding and sending, so it flatters them. A skip counts until the first packet arrives in which the next track is louder than the one before, which is behind the fade of that.`,
      },
      {
        title: 'Between two tracks of a queue',
        columns: ['way', 'gap'],
        rows: [
          ['Bandstand', `${gap} frames of 20 ms`],
          ['a process per track', `${baseMs.toFixed(0)} ms`],
        ],
        note: 'By the RTP timestamps of the sender, so that the load of the machine does not count.',
      },
    ];
  },
};

interface Tone {
  readonly id: string;
  readonly hz: number;
}

/** So far apart that 20 ms tell one from the other. */
const TONE_STEP_HZ = 200;

async function addTones(stack: Stack, kind: string, count: number, durationMs: number): Promise<Tone[]> {
  const tones = Array.from({ length: count }, (_, index) => ({
    id: `bench-${kind}-${index}`,
    hz: 300 + TONE_STEP_HZ * index,
  }));
  for (const { id, hz } of tones) {
    stack.site.addTrack({
      id,
      title: `${hz} Hz`,
      sound: { type: 'tone', hz },
      durationMs,
      formats: ['webm'],
    });
    await stack.site.prepare(id);
  }
  return tones;
}

async function firstSoundMs(scene: Scene, client: PlayerClient, query: string): Promise<number> {
  const heard = scene.ear.music.length;
  const startedAtMs = performance.now();
  await client.request('ADD_TO_QUEUE', scene.guild, { query });
  const music = await scene.ear.hearsMusic(heard + 1, DEADLINE_MS);
  const tookMs = (music[heard]?.arrivedAtMs ?? Number.NaN) - startedAtMs;
  await scene.ear.hearsTheEnd(heard + 45, DEADLINE_MS);
  return tookMs;
}

/** As players do that start yt-dlp and ffmpeg anew for each track. */
async function processPerTrackMs({ site }: Stack, id: string): Promise<number> {
  const startedAtMs = performance.now();
  const { stdout } = await promisify(execFile)(
    env['YT_DLP_PATH'] ?? 'yt-dlp',
    ['--ignore-config', '--plugin-dirs', site.pluginFolder, '-f', 'bestaudio', '--get-url', site.pageUrl(id)],
    { timeout: DEADLINE_MS },
  );
  const input = ['-analyzeduration', '0', '-loglevel', '0', '-i', stdout.trim()];
  const ffmpeg = spawn('ffmpeg', [...input, '-f', 's16le', '-ar', '48000', '-ac', '2', 'pipe:1'], {
    stdio: ['ignore', 'pipe', 'inherit'],
    timeout: DEADLINE_MS,
  });
  let bytes = 0;
  for await (const chunk of ffmpeg.stdout) {
    bytes += chunk.length;
    if (bytes >= PCM_FRAME_BYTES) break;
  }
  const tookMs = performance.now() - startedAtMs;
  ffmpeg.kill('SIGKILL');
  return tookMs;
}

async function skipTimesMs(stack: Stack, client: PlayerClient, tones: readonly Tone[]): Promise<number[]> {
  const scene = await Scene.open(stack, 'skips');
  for (const { id } of tones)
    await client.request('ADD_TO_QUEUE', scene.guild, { query: stack.site.pageUrl(id) });
  await scene.run('/join').reply();
  const tookMs: number[] = [];
  for (const [index, { hz }] of tones.slice(1).entries()) {
    await scene.ear.hearsMusic(scene.ear.music.length + BEFORE_SKIP, DEADLINE_MS);
    const before = scene.ear.music.length;
    const startedAtMs = performance.now();
    await client.request('SKIP_SONG', scene.guild, {});
    const music = await scene.ear.hearsMusic(before + BEFORE_SKIP, DEADLINE_MS);
    const first = firstLouder(music, before, hz, tones[index]?.hz ?? Number.NaN);
    tookMs.push((first?.arrivedAtMs ?? Number.NaN) - startedAtMs);
  }
  await client.request('CLEAR_QUEUE', scene.guild, { stop: true });
  return tookMs;
}

/** The first frame, from one of them on, in which one tone is louder than another. */
function firstLouder(
  music: readonly HeardFrame[],
  from: number,
  hz: number,
  thanHz: number,
): HeardFrame | undefined {
  const decoder = new PacketDecoder();
  for (const frame of music.slice(0, from)) decoder.decode(frame.opus);
  return music.slice(from).find((frame) => {
    const samples = channelOf(decoder.decode(frame.opus) ?? new Int16Array(), 0, 2);
    return toneLevelDb(samples, hz, SAMPLE_RATE_HZ) > toneLevelDb(samples, thanHz, SAMPLE_RATE_HZ);
  });
}

async function gapFrames(stack: Stack): Promise<number> {
  const scene = await Scene.open(stack, 'gap');
  await scene.play(stack.site.pageUrl('short'));
  await scene.play(stack.site.pageUrl('tone660'));
  const music = await scene.ear.hearsMusic(75, DEADLINE_MS);
  let longest = 0;
  for (const [index, frame] of music.entries()) {
    const previous = music[index - 1];
    if (previous !== undefined)
      longest = Math.max(longest, (frame.timestamp - previous.timestamp) / FRAME_SAMPLES - 1);
  }
  return longest;
}
