import { Scene } from '../../harness/scene.ts';
import { Stack } from '../../harness/stack.ts';
import type { ChaosCase } from '../chaos-case.ts';

const BACK_WITHIN_MS = 10_000;
const POSITION_ERROR_MS = 3_000;

/** The player is killed while guilds play; each must go on with the same track where it was. */
function killedPlayer(id: string, guilds: number, isFast: boolean): ChaosCase {
  return {
    id,
    injected: `player killed (SIGKILL) while ${guilds} guilds play`,
    isFast,
    run: async ({ judge }) => {
      const stack = judge(await Stack.start());
      const scenes = await Promise.all(
        Array.from({ length: guilds }, (_, index) => Scene.open(stack, `guild ${index}`)),
      );
      await Promise.all(
        scenes.map(async (scene) => {
          await scene.play(stack.site.pageUrl('minute'));
          await scene.play(stack.site.pageUrl('tone440'));
        }),
      );
      await Promise.all(scenes.map((scene) => scene.ear.hearsMusic(100, 60_000)));
      const queues = await Promise.all(scenes.map((scene) => queueOf(scene, stack)));

      const heard = scenes.map((scene) => scene.ear.music.length);
      await stack.player.kill();
      const killedAtMs = performance.now();
      await stack.player.start();
      await Promise.all(scenes.map((scene, index) => scene.ear.hearsMusic((heard[index] ?? 0) + 25, 30_000)));
      const backMs = performance.now() - killedAtMs;
      const errorsMs = await Promise.all(
        scenes.map(async (scene) => {
          const { position } = await scene.state(stack);
          return Math.abs(position.position_ms - scene.ear.music.length * 20);
        }),
      );
      const same = await Promise.all(scenes.map((scene) => queueOf(scene, stack)));
      const kept = same.filter((queue, index) => queue === queues[index]).length;
      await Promise.all(scenes.map((scene) => scene.answerTo('/stop')));
      const worstMs = Math.max(...errorsMs);
      return {
        observed: `all heard again after ${(backMs / 1_000).toFixed(1)} s, position off by ${(worstMs / 1_000).toFixed(1)} s at most, ${kept} of ${guilds} queues identical`,
        passed: backMs <= BACK_WITHIN_MS && worstMs <= POSITION_ERROR_MS && kept === guilds,
      };
    },
  };
}

/** Current entry and queue, by ids. */
async function queueOf(scene: Scene, stack: Stack): Promise<string> {
  const { current_song: current, queue } = await scene.state(stack);
  return [current, ...queue].map((song) => song?.entry_id).join(' ');
}

export const playerKilled = killedPlayer('F3a', 3, true);
export const playerKilledBusy = killedPlayer('F3b', 20, false);
