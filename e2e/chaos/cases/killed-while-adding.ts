import { PlayerClient } from '../../harness/player-client.ts';
import { Scene } from '../../harness/scene.ts';
import { Stack } from '../../harness/stack.ts';
import type { ChaosCase } from '../chaos-case.ts';

const CLIENTS = 16;

/** Clients add tracks, repeating each request under its key until it is acknowledged, while the player is killed at random. */
function killedWhileAdding(id: string, requests: number, kills: number, isFast: boolean): ChaosCase {
  return {
    id,
    injected: `${requests} tracks added by ${CLIENTS} clients while the player is killed ${kills} times`,
    isFast,
    deadlineMs: 30_000 + kills * 8_000,
    run: async ({ judge, random }) => {
      const stack = judge(
        await Stack.start({ player: { QUEUE_LIMIT: '50000', QUEUE_LIMIT_PER_USER: '50000' } }),
      );
      const scenes = await Promise.all(
        Array.from({ length: CLIENTS }, (_, index) => Scene.open(stack, `client ${index}`)),
      );
      const query = stack.site.pageUrl('short');
      let acknowledged = 0;
      let isOver = false;
      const adding = scenes.map(async (scene, index) => {
        using client = new PlayerClient(stack.commandEndpoint);
        let own = 0;
        for (let number = 0; !isOver || number < requests / CLIENTS; number++) {
          const key = `adding:${index}:${number}`;
          if (await addedOnce(client, scene, query, key)) own++;
          acknowledged++;
        }
        return own;
      });
      for (let kill = 0; kill < kills; kill++) {
        await new Promise((resolve) => setTimeout(resolve, 500 + random() * 1_500));
        await stack.player.kill();
        await stack.player.start();
      }
      isOver = true;
      const added = await Promise.all(adding);

      const lengths = await Promise.all(
        scenes.map(async (scene) => queueLength(stack, scene, added[scenes.indexOf(scene)] ?? 0)),
      );
      const wrong = lengths.filter((length, index) => length !== added[index]).length;
      return {
        observed: `${acknowledged} acknowledged, ${added.reduce((sum, own) => sum + own, 0)} to be found in ${CLIENTS} queues, ${wrong} queues differ`,
        passed: wrong === 0,
      };
    },
  };
}

/** Repeats until it is acknowledged, and then until its outcome is known. @returns Whether it added a track. */
async function addedOnce(client: PlayerClient, scene: Scene, query: string, key: string): Promise<boolean> {
  for (;;) {
    try {
      await client.request('ADD_TO_QUEUE', scene.guild, { query }, key);
      const { request } = await client.request('GET_STATE', scene.guild, { request_key: key as never });
      if (request?.state === 'added') return true;
      if (request?.state === 'failed' && !request.retryable) return false;
      if (request?.state === 'failed') return false;
    } catch {
      // no player at the moment
    }
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

async function queueLength(stack: Stack, scene: Scene, expected: number): Promise<number> {
  const untilMs = performance.now() + 10_000;
  for (;;) {
    const { queue_length: length } = await scene.state(stack);
    if (length === expected || performance.now() > untilMs) return length;
  }
}

export const killedFewTimes = killedWhileAdding('F1a', 200, 5, true);
export const killedManyTimes = killedWhileAdding('F1b', 2_000, 80, false);
