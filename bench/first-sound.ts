import { Scene } from '../e2e/harness/scene.ts';
import { Stack } from '../e2e/harness/stack.ts';

/** Tracks asked for in each of the three ways. */
const ROUNDS = 15;
const FRAME_SAMPLES = 960;

await run();

/** How long a person waits for the first sound, and the silence between two tracks, through both services and the real yt-dlp. */
async function run(): Promise<void> {
  await using stack = await Stack.start({ player: { LOG_LEVEL: 'info' }, bot: { LOG_LEVEL: 'info' } });
  const { site } = stack;
  const names = Array.from({ length: 2 * ROUNDS }, (_, index) => `bench-${index}`);
  for (const [index, id] of names.entries()) {
    const hz = 300 + index;
    site.addTrack({
      id,
      title: `${hz} Hz`,
      sound: { type: 'tone', hz },
      durationMs: 1_000,
      formats: ['webm'],
    });
    await site.prepare(id);
  }

  const scene = await Scene.open(stack, 'bench');
  await scene.play(site.pageUrl('short'));
  await scene.ear.hearsTheEnd(1);

  const inChannel: number[] = [];
  for (const id of names.slice(0, ROUNDS)) inChannel.push(await firstSoundMs(scene, site.pageUrl(id)));
  const again: number[] = [];
  for (const id of names.slice(0, ROUNDS)) again.push(await firstSoundMs(scene, site.pageUrl(id)));

  const joining: number[] = [];
  for (const id of names.slice(ROUNDS)) {
    const fresh = await Scene.open(stack, `bench ${id}`);
    joining.push(await firstSoundMs(fresh, site.pageUrl(id)));
  }

  console.log(
    '| from the interaction to the first packet of music | median ms | p95 ms | n |\n|---|---|---|---|',
  );
  console.log(row('already in the channel, a page never seen', inChannel));
  console.log(row('already in the channel, a page seen lately', again));
  console.log(row('not yet in a channel, a page never seen', joining));
  console.log(`\ngap between two tracks of a queue: ${await gapFrames(stack)} frames of 20 ms`);
}

async function firstSoundMs(scene: Scene, query: string): Promise<number> {
  const heard = scene.ear.music.length;
  const startedAtMs = performance.now();
  const invocation = scene.run('/play', { query });
  const music = await scene.ear.hearsMusic(heard + 1, 30_000);
  const tookMs = (music[heard]?.arrivedAtMs ?? Number.NaN) - startedAtMs;
  await invocation.reply();
  await scene.ear.hearsTheEnd(heard + 45);
  return tookMs;
}

/** By the sender's clock, so that the machine's load does not count. */
async function gapFrames(stack: Stack): Promise<number> {
  const scene = await Scene.open(stack, 'gap');
  await scene.play(stack.site.pageUrl('short'));
  await scene.play(stack.site.pageUrl('tone660'));
  const music = await scene.ear.hearsMusic(75);
  let longest = 0;
  for (const [index, frame] of music.entries()) {
    const previous = music[index - 1];
    if (previous !== undefined)
      longest = Math.max(longest, (frame.timestamp - previous.timestamp) / FRAME_SAMPLES - 1);
  }
  return longest;
}

function row(name: string, values: readonly number[]): string {
  const sorted = values.toSorted((a, b) => a - b);
  const at = (share: number) =>
    Math.round(sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0);
  return `| ${name} | ${at(0.5)} | ${at(0.95)} | ${values.length} |`;
}
