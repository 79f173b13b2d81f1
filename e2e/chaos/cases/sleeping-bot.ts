import { PlayerClient } from '../../harness/player-client.ts';
import { Scene } from '../../harness/scene.ts';
import { Stack } from '../../harness/stack.ts';
import type { ChaosCase } from '../chaos-case.ts';
import { residentBytes } from '../invariants.ts';

const CHANGES = 3_000;
/** The mirror may take a moment to catch up. */
const LOOKS = 10;
const MIB = 1_024 * 1_024;

export const sleepingBot: ChaosCase = {
  id: 'F8',
  injected: `bot frozen while ${CHANGES} changes happen`,
  isFast: false,
  run: async ({ judge, random }) => {
    const stack = judge(await Stack.start());
    const scene = await Scene.open(stack, 'asleep');
    await scene.play(stack.site.pageUrl('minute'));
    await scene.ear.hearsMusic(25);
    using client = new PlayerClient(stack.commandEndpoint);
    const before = residentBytes(stack.player.pid);
    stack.bot.signal('SIGSTOP');
    let volume = 100;
    for (let change = 0; change < CHANGES; change++) {
      volume = 10 + Math.floor(random() * 90);
      await client.request('SET_VOLUME', scene.guild, { volume_percent: volume });
    }
    const grownMib = (residentBytes(stack.player.pid) - before) / MIB;
    stack.bot.signal('SIGCONT');
    const said = `${volume} %`;
    let answer = '';
    for (let look = 0; look < LOOKS && !answer.includes(said); look++)
      answer = await scene.answerTo('/volume');
    const isRight = answer.includes(said);
    await scene.answerTo('/stop');
    return {
      observed: `the bot knows ${volume} % afterwards: ${isRight ? 'yes' : 'NO'}, player's memory +${grownMib.toFixed(0)} MiB`,
      passed: isRight && grownMib <= 100,
    };
  },
};
