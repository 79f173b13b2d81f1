import { describe, expect, test } from 'vitest';
import { longestGapMs } from './harness/ear.ts';
import { Scene } from './harness/scene.ts';
import { shareStack } from './harness/shared-stack.ts';
import type { Stack } from './harness/stack.ts';

const FRAMES = 600;
const NO_PAUSE_MS = 500;

let stack: Stack;

shareStack((started) => {
  stack = started;
});

describe.concurrent('what has no end goes on and on', () => {
  test('live HLS', async () => {
    const scene = await Scene.open(stack, 'live segments');
    await scene.play(stack.site.pageUrl('hls-live'));
    const music = await scene.ear.hearsMusic(FRAMES, 20_000);
    expect(longestGapMs(music)).toBeLessThan(NO_PAUSE_MS);
    expect(await scene.answerTo('/stop')).toBeTruthy();
  });

  test.each(['mp3', 'ogg'] as const)('a station that sends %s over HTTP', async (format) => {
    const id = `station-${format}`;
    const sound = { type: 'tone', hz: 440 } as const;
    stack.site.addTrack({ id, title: id, sound, durationMs: 6_000, formats: [format], isLive: true });
    await stack.site.prepare(id);
    const scene = await Scene.open(stack, `station in ${format}`);
    expect(await scene.play(stack.site.mediaUrl(id))).toMatch(/live/i);
    const music = await scene.ear.hearsMusic(FRAMES, 30_000); // twice the file, which the station sends over and over
    expect(longestGapMs(music)).toBeLessThan(NO_PAUSE_MS);
    expect(await scene.answerTo('/seek', { time: '10' })).toContain('cannot jump within this track');
    expect(await scene.answerTo('/stop')).toBeTruthy();
  });
});
