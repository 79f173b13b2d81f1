import { longestGapMs } from '../../harness/ear.ts';
import { Scene } from '../../harness/scene.ts';
import { Stack } from '../../harness/stack.ts';
import type { ChaosCase } from '../chaos-case.ts';

const GUILDS = 5;

/** The bot leaves in one way or the other while guilds play; nobody may hear it. */
function botAway(
  id: string,
  injected: string,
  leave: (stack: Stack) => Promise<unknown>,
  isFast: boolean,
): ChaosCase {
  return {
    id,
    injected,
    isFast,
    run: async ({ judge }) => {
      const stack = judge(await Stack.start());
      const scenes = await Promise.all(
        Array.from({ length: GUILDS }, (_, index) => Scene.open(stack, `guild ${index}`)),
      );
      await Promise.all(scenes.map((scene) => scene.play(stack.site.pageUrl('minute'))));
      await Promise.all(scenes.map((scene) => scene.ear.hearsMusic(50)));
      await leave(stack);
      const startedAtMs = performance.now();
      await stack.bot.start();
      const readyMs = performance.now() - startedAtMs;
      await Promise.all(scenes.map((scene) => scene.ear.hearsMusic(scene.ear.music.length + 50)));

      const gapMs = Math.max(...scenes.map((scene) => longestGapMs(scene.ear.music)));
      const lost = scenes.reduce((sum, scene) => sum + scene.ear.counts.lost, 0);
      const panels = await Promise.all(scenes.map((scene) => scene.panel('A whole minute')));
      const clicks = scenes.map((scene, index) => {
        const panel = panels[index];
        if (panel === undefined) throw new Error('bug: a scene without a panel');
        return scene.user.clicks(panel, 'Stop').acknowledged;
      });
      await Promise.all(clicks);
      return {
        observed: `longest gap ${Math.round(gapMs)} ms, ${lost} frames lost, bot back after ${(readyMs / 1_000).toFixed(1)} s, ${clicks.length} panels work`,
        passed: gapMs < 250 && lost === 0,
      };
    },
  };
}

export const botKilled = botAway(
  'F24a',
  `bot killed (SIGKILL) while ${GUILDS} guilds play`,
  (stack) => stack.bot.kill(),
  true,
);
export const botStopped = botAway(
  'F24b',
  `bot stopped (SIGTERM) while ${GUILDS} guilds play`,
  (stack) => stack.bot.stop(),
  false,
);
