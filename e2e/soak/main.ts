import { argv, exit, kill } from 'node:process';
import { parseArgs } from 'node:util';
import { brokenInvariants, descriptorsOf, residentBytes } from '../chaos/invariants.ts';
import { seededRandom } from '../chaos/seeded-random.ts';
import { PlayerClient } from '../harness/player-client.ts';
import { descendantsOf } from '../harness/processes.ts';
import { Scene } from '../harness/scene.ts';
import { Stack } from '../harness/stack.ts';
import { type Sample, slopePerHour } from './slope.ts';

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    minutes: { type: 'string', default: '20' },
    guilds: { type: 'string', default: '50' },
    seed: { type: 'string', default: '1' },
  },
});
const TICK_MS = 1_000;
const FAULT_EVERY_MS = 10_000;
const SAMPLE_EVERY_MS = 5_000;
/** The first quarter, at most five minutes: heaps and caches fill. */
const WARM_UP = { share: 0.25, mostMs: 5 * 60_000 };
const TRACKS = ['tone440', 'tone660', 'tone880', 'as-mp3', 'as-m4a', 'tune', 'minute', 'fault-cut'];
const MIB = 1_024 * 1_024;

exit(await run(Number(values.minutes) * 60_000, Number(values.guilds)));

/** Many guilds, random commands, a fault each ten seconds; prints what grows. */
async function run(durationMs: number, guilds: number): Promise<number> {
  const random = seededRandom(`soak ${values.seed}`);
  const pick = <T>(items: readonly T[]): T => items[Math.floor(random() * items.length)] as T;
  await using stack = await Stack.start({
    player: { LOG_LEVEL: 'info' },
    bot: { LOG_LEVEL: 'info' },
  });
  const scenes: Scene[] = [];
  for (let index = 0; index < guilds; index++) scenes.push(await Scene.open(stack, `soak ${index}`));
  using client = new PlayerClient(stack.commandEndpoint);
  const play = (scene: Scene) =>
    client.request('ADD_TO_QUEUE', scene.guild, { query: stack.site.pageUrl(pick(TRACKS)), position: 'end' });
  for (const scene of scenes) await scene.play(stack.site.pageUrl('minute'));

  const tallies = { commands: 0, refused: 0, faults: 0 };
  const command = async (scene: Scene) => {
    const acts = [
      () => play(scene),
      () => play(scene),
      () => client.request('SKIP_SONG', scene.guild, {}),
      () => client.request('SEEK', scene.guild, { position_ms: Math.floor(random() * 5_000) }),
      () => client.request('SET_VOLUME', scene.guild, { volume_percent: 50 + Math.floor(random() * 100) }),
      () => client.request('PAUSE', scene.guild, {}).then(() => client.request('RESUME', scene.guild, {})),
      () => client.request('SHUFFLE', scene.guild, {}),
    ];
    tallies.commands++;
    await pick(acts)().catch(() => tallies.refused++); // nothing playing, beyond the end: answers, not failures
  };
  const fault = async () => {
    tallies.faults++;
    const where = { guildId: pick(scenes).guild.id, userId: stack.discord.bot.id };
    const faults = [
      () => stack.discord.voice.closeSession(where, 1006),
      () => stack.discord.voice.closeSession(where, 4006),
      () => killOne(descendantsOf(stack.player.pid), random),
      () => stack.discord.bot.dropGateway(),
    ];
    try {
      pick(faults)();
    } catch {
      // nothing there to break at the moment
    }
  };

  const samples = new Map<string, Sample[]>();
  const sample = () => {
    const atMs = performance.now();
    const note = (name: string, value: number) => {
      const series = samples.get(name) ?? [];
      series.push({ atMs, value });
      samples.set(name, series);
    };
    note('player RSS, MiB', residentBytes(stack.player.pid) / MIB);
    note('player descriptors', descriptorsOf(stack.player.pid));
    note('player children', descendantsOf(stack.player.pid).length);
    note('bot RSS, MiB', residentBytes(stack.bot.pid) / MIB);
    note('bot descriptors', descriptorsOf(stack.bot.pid));
  };

  const startedAtMs = performance.now();
  let nextFaultMs = startedAtMs + FAULT_EVERY_MS;
  let nextSampleMs = startedAtMs;
  for (let now = startedAtMs; now < startedAtMs + durationMs; now = performance.now()) {
    await Promise.all([command(pick(scenes)), command(pick(scenes))]);
    if (now >= nextFaultMs) {
      nextFaultMs += FAULT_EVERY_MS;
      await fault();
    }
    if (now >= nextSampleMs) {
      nextSampleMs += SAMPLE_EVERY_MS;
      sample();
    }
    await new Promise((resolve) => setTimeout(resolve, TICK_MS));
  }

  const warmUntilMs = startedAtMs + Math.min(durationMs * WARM_UP.share, WARM_UP.mostMs);
  console.log(
    `\n${guilds} guilds, ${durationMs / 60_000} minutes, ${tallies.commands} commands (${tallies.refused} refused), ${tallies.faults} faults\n`,
  );
  console.log('| after the warm-up | first | last | highest | slope per hour |\n|---|---|---|---|---|');
  for (const [name, series] of samples) {
    const late = series.filter(({ atMs }) => atMs >= warmUntilMs);
    const round = (value: number | undefined) => (value ?? Number.NaN).toFixed(1);
    const highest = Math.max(...late.map(({ value }) => value));
    console.log(
      `| ${name} | ${round(late[0]?.value)} | ${round(late.at(-1)?.value)} | ${round(highest)} | ${round(slopePerHour(late))} |`,
    );
  }
  const lost = scenes.reduce((sum, scene) => sum + scene.ear.counts.lost, 0);
  const plain = scenes.reduce((sum, scene) => sum + scene.ear.counts.plaintextWhileDave, 0);
  console.log(`\n${lost} frames lost on the way, ${plain} sent in the clear`);

  for (const scene of scenes)
    await client.request('CLEAR_QUEUE', scene.guild, { stop: true }).catch(() => undefined);
  const broken = await brokenInvariants(stack);
  for (const problem of broken) console.log(problem);
  return broken.length === 0 && plain === 0 ? 0 : 1;
}

function killOne(pids: readonly number[], random: () => number): void {
  const pid = pids[Math.floor(random() * pids.length)];
  if (pid !== undefined) kill(pid, 'SIGKILL');
}
