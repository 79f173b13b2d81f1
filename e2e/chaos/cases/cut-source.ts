import { Scene } from '../../harness/scene.ts';
import { Stack } from '../../harness/stack.ts';
import type { ChaosCase } from '../chaos-case.ts';

const TRACK_FRAMES = 301;

export const cutSource: ChaosCase = {
  id: 'F13',
  injected: 'media connection broken at 30 % of the file',
  isFast: true,
  run: async ({ judge }) => {
    const stack = judge(await Stack.start());
    const scene = await Scene.open(stack, 'cut');
    await scene.play(stack.site.pageUrl('fault-cut'));
    const music = await scene.ear.hearsTheEnd(250);
    return {
      observed: `${music.length} of ${TRACK_FRAMES} frames heard`,
      passed: Math.abs(music.length - TRACK_FRAMES) <= 2,
    };
  },
};
