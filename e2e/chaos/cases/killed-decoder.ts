import { readFileSync } from 'node:fs';
import { kill } from 'node:process';
import { longestGapMs } from '../../harness/ear.ts';
import { descendantsOf } from '../../harness/processes.ts';
import { Scene } from '../../harness/scene.ts';
import { Stack } from '../../harness/stack.ts';
import type { ChaosCase } from '../chaos-case.ts';

const TRACK_FRAMES = 300;

export const killedDecoder: ChaosCase = {
  id: 'F14',
  injected: 'ffmpeg of one guild killed (SIGKILL) while two play',
  isFast: true,
  run: async ({ judge }) => {
    const stack = judge(await Stack.start());
    const [victim, other] = await Promise.all([Scene.open(stack, 'victim'), Scene.open(stack, 'other')]);
    await other.play(stack.site.pageUrl('tone660'));
    await victim.play(stack.site.pageUrl('as-mp3'));
    await victim.ear.hearsMusic(25);
    const decoder = descendantsOf(stack.player.pid).find((pid) => programOf(pid) === 'ffmpeg');
    if (decoder !== undefined) kill(decoder, 'SIGKILL');

    const [music] = await Promise.all([
      victim.ear.hearsTheEnd(250, 30_000),
      other.ear.hearsTheEnd(250, 30_000),
    ]);
    const missing = TRACK_FRAMES - music.length;
    const otherGapMs = longestGapMs(other.ear.music);
    const how =
      decoder === undefined
        ? 'it had decoded everything already'
        : `${missing} of ${TRACK_FRAMES} frames missing`;
    return {
      observed: `${how}, longest gap of the other guild ${Math.round(otherGapMs)} ms`,
      passed: missing <= 3 && otherGapMs < 200 && other.ear.counts.lost === 0,
    };
  },
};

function programOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return ''; // ended meanwhile
  }
}
