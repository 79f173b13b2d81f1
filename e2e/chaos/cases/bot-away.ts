import { longestGapMs } from '../../harness/ear.ts';
import { Scene } from '../../harness/scene.ts';
import { Stack } from '../../harness/stack.ts';
import type { ChaosCase } from '../chaos-case.ts';

/** What is lost while the bot is away is what people notice; a change of the voice server costs 50 ms. */
const LONGEST_GAP_MS = 250;
const WORKING_AGAIN_MS = 5_000;

interface Absence {
  readonly id: string;
  readonly injected: string;
  readonly guilds: number;
  readonly leave: (stack: Stack) => Promise<unknown>;
  /** How long it stays away. */
  readonly awayMs: number;
  readonly isFast: boolean;
}

/** The bot leaves in one way or the other while guilds play; nobody may hear it, and the panels work when it is back. */
function botAway({ id, injected, guilds, leave, awayMs, isFast }: Absence): ChaosCase {
  return {
    id,
    injected: `${injected} while ${guilds} guilds play, ${awayMs / 1_000} s away`,
    isFast,
    isTimed: true,
    run: async ({ judge }) => {
      const stack = judge(await Stack.start());
      const scenes = await Promise.all(
        Array.from({ length: guilds }, (_, index) => Scene.open(stack, `guild ${index}`)),
      );
      for (const scene of scenes) {
        await scene.play(stack.site.pageUrl('minute'));
        await scene.answerTo('/loop', { mode: 'track' });
      }
      await Promise.all(scenes.map((scene) => scene.ear.hearsMusic(50)));
      await Promise.all(scenes.map((scene) => scene.panel('A whole minute')));
      await leave(stack);
      await new Promise((resolve) => setTimeout(resolve, awayMs));

      await stack.bot.start();
      const readyAtMs = performance.now();
      const workedAfterMs = await Promise.all(scenes.map((scene) => pausesByPanel(scene, readyAtMs)));

      const gapMs = Math.max(...scenes.map((scene) => longestGapMs(scene.ear.music)));
      const lost = scenes.reduce((sum, scene) => sum + scene.ear.counts.lost, 0);
      for (const scene of scenes) await scene.answerTo('/stop');
      const slowestMs = Math.max(...workedAfterMs);
      return {
        observed: `longest gap ${Math.round(gapMs)} ms, ${lost} frames lost, ${guilds} panels worked ${(slowestMs / 1_000).toFixed(1)} s after READY at the latest`,
        passed: gapMs < LONGEST_GAP_MS && lost === 0 && slowestMs <= WORKING_AGAIN_MS,
      };
    },
  };
}

/** @returns Milliseconds from `sinceMs` until the pause button was answered and the panel shows it. */
async function pausesByPanel(scene: Scene, sinceMs: number): Promise<number> {
  const panel = await scene.panel('A whole minute');
  await scene.user.clicks(panel, 'Pause').acknowledged;
  await scene.panel('Resume');
  return performance.now() - sinceMs;
}

const GUILDS = 20;

export const botKilled = botAway({
  id: 'F24a',
  injected: 'bot killed (SIGKILL)',
  guilds: 5,
  leave: (stack) => stack.bot.kill(),
  awayMs: 0,
  isFast: true,
});
export const botKilledForLong = botAway({
  id: 'F24b',
  injected: 'bot killed (SIGKILL)',
  guilds: GUILDS,
  leave: (stack) => stack.bot.kill(),
  awayMs: 60_000,
  isFast: false,
});
export const botStopped = botAway({
  id: 'F24c',
  injected: 'bot stopped (SIGTERM)',
  guilds: GUILDS,
  leave: (stack) => stack.bot.stop(),
  awayMs: 0,
  isFast: false,
});

const SESSION_KEPT_MS = 2_000;
const FORGOTTEN_AWAY_MS = 12_000;

/** Nobody is told of the end of the voice connections: the bot that would hear of it is away. */
export const botForgotten: ChaosCase = {
  id: 'F24d',
  injected: `bot killed, Discord ends its session and the voice connections ${SESSION_KEPT_MS / 1_000} s later, bot back after ${FORGOTTEN_AWAY_MS / 1_000} s`,
  isFast: true,
  run: async ({ judge }) => {
    const stack = judge(await Stack.start({ simulator: { resumeWindowMs: SESSION_KEPT_MS } }));
    const scenes = await Promise.all(
      Array.from({ length: 3 }, (_, index) => Scene.open(stack, `guild ${index}`)),
    );
    for (const scene of scenes) await scene.play(stack.site.pageUrl('minute'));
    await Promise.all(scenes.map((scene) => scene.ear.hearsMusic(50)));
    await stack.bot.kill();
    await new Promise((resolve) => setTimeout(resolve, FORGOTTEN_AWAY_MS));
    const heardBefore = scenes.map((scene) => scene.ear.music.length);

    await stack.bot.start();
    const readyAtMs = performance.now();
    await Promise.all(scenes.map((scene, index) => scene.ear.hearsMusic((heardBefore[index] ?? 0) + 50)));
    const againAfterMs = performance.now() - readyAtMs;
    const states = await Promise.all(scenes.map((scene) => scene.state(stack)));
    const playing = states.filter(({ is_playing }) => is_playing).length;
    for (const scene of scenes) await scene.answerTo('/stop');
    return {
      observed: `${playing} of ${scenes.length} guilds heard again ${(againAfterMs / 1_000).toFixed(1)} s after READY, nobody asked`,
      passed: playing === scenes.length && againAfterMs <= 2 * WORKING_AGAIN_MS,
    };
  },
};
