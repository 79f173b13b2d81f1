import { Scene } from '../../harness/scene.ts';
import { Stack } from '../../harness/stack.ts';
import type { ChaosCase } from '../chaos-case.ts';

const FROZEN_MS = 10_000;

export const frozenPlayer: ChaosCase = {
  id: 'F4',
  injected: 'player frozen (SIGSTOP) for 10 s while it plays',
  isFast: false,
  run: async ({ judge }) => {
    const stack = judge(await Stack.start());
    const scene = await Scene.open(stack, 'frozen');
    await scene.play(stack.site.pageUrl('minute'));
    await scene.ear.hearsMusic(50);

    const frozenAtMs = performance.now();
    stack.player.signal('SIGSTOP');
    await stack.bot.logs.waitFor((line) => line['availability'] === 'suspect' && line['previous'] === 'up', {
      since: stack.bot.logs.count,
    });
    const noticedMs = performance.now() - frozenAtMs;
    const answer = await scene.answerTo('/skip');
    await new Promise((resolve) => setTimeout(resolve, FROZEN_MS - (performance.now() - frozenAtMs)));

    const heard = scene.ear.music.length;
    const since = stack.bot.logs.count;
    stack.player.signal('SIGCONT');
    await stack.bot.logs.waitFor((line) => line['availability'] === 'up', { since });
    const music = await scene.ear.hearsMusic(heard + 100);
    // The skip was answered with "try again": it must not be carried out now.
    const burst = largestBurst(music.slice(heard).map(({ arrivedAtMs }) => arrivedAtMs));
    const { current_song: current } = await scene.state(stack);
    const isSame = current?.title === 'A whole minute';
    await scene.answerTo('/stop');
    return {
      observed: `suspect after ${(noticedMs / 1_000).toFixed(1)} s, the skip was ${isSame ? 'not carried out late' : 'CARRIED OUT LATE'}, at most ${burst} frames at once after it`,
      passed: noticedMs <= 3_500 && isSame && burst <= 12 && /moment|again|restart/i.test(answer),
    };
  },
};

/** Most frames that arrived within 20 ms. */
function largestBurst(arrivals: readonly number[]): number {
  return Math.max(
    ...arrivals.map((atMs) => arrivals.filter((other) => other >= atMs && other < atMs + 20).length),
  );
}
