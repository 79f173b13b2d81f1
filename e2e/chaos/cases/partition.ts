import { UnreliableNetwork } from '@bandstand/test-support';
import { longestGapMs } from '../../harness/ear.ts';
import { freePort } from '../../harness/free-port.ts';
import { Scene } from '../../harness/scene.ts';
import { Stack } from '../../harness/stack.ts';
import type { ChaosCase } from '../chaos-case.ts';

const PARTED_MS = 30_000;

export const partition: ChaosCase = {
  id: 'F6',
  injected: 'network between bot and player cut for 30 s, then healed',
  isFast: false,
  run: async ({ judge }) => {
    const [commandPort, eventPort] = [await freePort(), await freePort()];
    const commands = `tcp://127.0.0.1:${commandPort}`;
    const events = `tcp://127.0.0.1:${eventPort}`;
    await using commandNetwork = await UnreliableNetwork.to(commands);
    await using eventNetwork = await UnreliableNetwork.to(events);
    const stack = judge(
      await Stack.start({
        player: { PLAYER_COMMAND_ENDPOINT: commands, PLAYER_EVENT_ENDPOINT: events },
        bot: {
          PLAYER_COMMAND_ENDPOINT: commandNetwork.endpoint,
          PLAYER_EVENT_ENDPOINT: eventNetwork.endpoint,
        },
      }),
    );
    const scene = await Scene.open(stack, 'parted');
    await scene.play(stack.site.pageUrl('minute'));
    await scene.ear.hearsMusic(50);

    commandNetwork.partition();
    eventNetwork.partition();
    const partedAtMs = performance.now();
    await scene.answerTo('/skip');
    await new Promise((resolve) => setTimeout(resolve, PARTED_MS - (performance.now() - partedAtMs)));
    const since = stack.bot.logs.count;
    commandNetwork.heal();
    eventNetwork.heal();
    const healedAtMs = performance.now();
    await stack.bot.logs.waitFor((line) => line['availability'] === 'up', { since });
    const healMs = performance.now() - healedAtMs;
    const queue = await scene.answerTo('/queue');

    const gapMs = longestGapMs(scene.ear.music);
    const isSame = queue.includes('A whole minute');
    await scene.answerTo('/stop');
    return {
      observed: `longest gap in the music ${Math.round(gapMs)} ms, mirror right ${(healMs / 1_000).toFixed(1)} s after, the skip was ${isSame ? 'not carried out late' : 'CARRIED OUT LATE'}`,
      passed: gapMs < 200 && healMs <= 3_000 && isSame && scene.ear.counts.lost === 0,
    };
  },
};
