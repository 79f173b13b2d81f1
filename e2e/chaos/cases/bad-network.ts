import { UnreliableNetwork } from '@bandstand/test-support';
import { freePort } from '../../harness/free-port.ts';
import { PlayerClient } from '../../harness/player-client.ts';
import { Scene } from '../../harness/scene.ts';
import { Stack } from '../../harness/stack.ts';
import type { ChaosCase } from '../chaos-case.ts';

const REQUESTS = 60;
const DELAY_MS = 100;

export const badNetwork: ChaosCase = {
  id: 'F7',
  injected: `command channel slowed by ${DELAY_MS} ms each way and reset again and again while ${REQUESTS} tracks are added`,
  isFast: false,
  run: async ({ judge, random }) => {
    const commands = `tcp://127.0.0.1:${await freePort()}`;
    await using network = await UnreliableNetwork.to(commands);
    const stack = judge(
      await Stack.start({
        player: { PLAYER_COMMAND_ENDPOINT: commands },
        bot: { PLAYER_COMMAND_ENDPOINT: commands },
      }),
    );
    const scene = await Scene.open(stack, 'bad network');
    const query = stack.site.pageUrl('tone440');
    network.delayMs = DELAY_MS;
    using client = new PlayerClient(network.endpoint);
    const keys = Array.from({ length: REQUESTS }, (_, index) => `bad-network:${index}`);
    let failed = 0;
    for (const key of keys) {
      if (random() < 0.3) network.resetAll();
      await client.request('ADD_TO_QUEUE', scene.guild, { query }, key).catch(() => failed++);
    }
    network.delayMs = 0;
    const healedAtMs = performance.now();
    const state = await client.request('GET_STATE', scene.guild, {});
    const healMs = performance.now() - healedAtMs;
    const acknowledged = REQUESTS - failed;
    await expectLength(scene, stack, acknowledged);
    const { queue_length: length } = await scene.state(stack);
    return {
      observed: `${acknowledged} acknowledged, ${length} in the queue, the next command after ${Math.round(healMs)} ms`,
      passed: length === acknowledged && healMs <= 2_000 && state.queue_length <= REQUESTS,
    };
  },
};

/** Entries appear once their page was read; all of one page share one reading. */
async function expectLength(scene: Scene, stack: Stack, length: number): Promise<void> {
  const untilMs = performance.now() + 10_000;
  while (performance.now() < untilMs && (await scene.state(stack)).queue_length < length);
}
