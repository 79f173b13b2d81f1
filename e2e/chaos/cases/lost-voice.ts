import { Scene } from '../../harness/scene.ts';
import { Stack } from '../../harness/stack.ts';
import type { ChaosCase } from '../chaos-case.ts';

interface Expectation {
  readonly code: number;
  /** Music goes on by itself. */
  readonly heals: boolean;
  /** Joins asked of Discord (op 4 with a channel). */
  readonly joins: number;
  readonly isFast: boolean;
}

const TABLE: readonly Expectation[] = [
  { code: 1006, heals: true, joins: 0, isFast: true },
  { code: 4015, heals: true, joins: 0, isFast: false },
  { code: 4006, heals: true, joins: 1, isFast: true },
  { code: 4009, heals: true, joins: 1, isFast: false },
  { code: 4011, heals: true, joins: 1, isFast: false },
  { code: 4014, heals: false, joins: 0, isFast: false },
  { code: 4017, heals: false, joins: 0, isFast: false },
  { code: 4021, heals: false, joins: 0, isFast: false },
  { code: 4022, heals: false, joins: 0, isFast: false },
];

/** One case for each close code of the voice gateway, while a track plays. */
export const lostVoice: readonly ChaosCase[] = TABLE.map(({ code, heals, joins: allowed, isFast }) => ({
  id: `F23-${code}`,
  injected: `voice gateway closes with ${code} while a track plays`,
  isFast,
  run: async ({ judge }) => {
    const stack = judge(await Stack.start());
    const scene = await Scene.open(stack, `voice ${code}`);
    await scene.play(stack.site.pageUrl('minute'));
    await scene.ear.hearsMusic(50);
    const joinsBefore = joinsOf(stack);
    const heard = scene.ear.music.length;
    const closedAtMs = performance.now();
    stack.discord.voice.closeSession({ guildId: scene.guild.id, userId: stack.discord.bot.id }, code);

    if (heals) await scene.ear.hearsMusic(heard + 50);
    else await scene.untilSaid(/voice|channel|joins/i);
    const tookS = (performance.now() - closedAtMs) / 1_000;
    const joins = joinsOf(stack) - joinsBefore;
    await scene.answerTo('/stop');
    return {
      observed: `${heals ? `a second of music again after ${tookS.toFixed(1)} s` : `told after ${tookS.toFixed(1)} s`}, ${joins} joins`,
      passed: joins <= allowed && tookS < 8,
    };
  },
}));

/** A departure (op 4 without a channel) is no join. */
function joinsOf(stack: Stack): number {
  return stack.discord.log.gateway.filter(
    ({ direction, op, d }) =>
      direction === 'fromClient' && op === 4 && (d as { channel_id: string | null }).channel_id !== null,
  ).length;
}
