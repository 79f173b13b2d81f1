import { percentile } from '../../harness/percentile.ts';
import { PlayerClient } from '../../harness/player-client.ts';
import { descendantsOf } from '../../harness/processes.ts';
import { Scene } from '../../harness/scene.ts';
import { Stack } from '../../harness/stack.ts';
import type { ChaosCase } from '../chaos-case.ts';

const DEADLINE_S = 6;

export const hangingExtraction: ChaosCase = {
  id: 'F9',
  injected: 'a page that never answers, and 50 other commands',
  isFast: true,
  isTimed: true,
  run: async ({ judge }) => {
    const stack = judge(await Stack.start({ player: { YT_DLP_TIMEOUT_SECONDS: String(DEADLINE_S) } }));
    const [hangs, other] = await Promise.all([Scene.open(stack, 'hangs'), Scene.open(stack, 'other')]);
    const idle = descendantsOf(stack.player.pid).length; // a yt-dlp stays loaded
    const startedAtMs = performance.now();
    const hanging = hangs.play(stack.site.pageUrl('hanging'));
    await hangs.text.waitForMessage(() => true).catch(() => undefined);

    using client = new PlayerClient(stack.commandEndpoint);
    const p99Ms = percentile(await client.stateTimesMs(other.guild, 50), 0.99);
    const answer = await hanging;
    const endedS = (performance.now() - startedAtMs) / 1_000;
    const left = descendantsOf(stack.player.pid).length - idle;
    return {
      observed: `others p99 ${p99Ms.toFixed(1)} ms, the hung one ended after ${endedS.toFixed(1)} s of ${DEADLINE_S}, ${left} processes left`,
      passed: p99Ms <= 100 && endedS < DEADLINE_S + 4 && answer.length > 30,
    };
  },
};
