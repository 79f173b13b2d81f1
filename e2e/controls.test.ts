import { rmsDb } from '@bandstand/test-support';
import { describe, expect, test } from 'vitest';
import { Scene } from './harness/scene.ts';
import { shareStack } from './harness/shared-stack.ts';
import type { Stack } from './harness/stack.ts';

let stack: Stack;

shareStack((started) => {
  stack = started;
});

describe.concurrent('while a track plays', () => {
  test('pausing stops the sound, resuming goes on with the very next frame', async () => {
    const scene = await Scene.open(stack, 'pause');
    await scene.play(stack.site.pageUrl('tone440'));
    await scene.ear.hearsMusic(50);
    await scene.answerTo('/pause');
    const before = (await scene.ear.hearsTheEnd(50)).length;
    expect(await scene.answerTo('/nowplaying')).toMatch(/paused/i);
    expect(scene.ear.music).toHaveLength(before);

    await scene.answerTo('/resume');
    const music = await scene.ear.hearsTheEnd(290);
    // Nothing was lost, nothing came twice: the whole track and not a frame more.
    expect(Math.abs(music.length - 301)).toBeLessThanOrEqual(1);
  });

  test('seeking forward leaves out what lies between', async () => {
    const scene = await Scene.open(stack, 'seek');
    await scene.play(stack.site.pageUrl('tone440'));
    await scene.ear.hearsMusic(25);
    const answer = await scene.answerTo('/seek', { time: '5' });
    expect(answer).toContain('0:05');
    const heard = scene.ear.music.length;
    // What was left fades first, which may take three frames more.
    const music = await scene.ear.hearsTheEnd(heard + 4);
    // The last second of six, and nothing of the four before it.
    expect(music.length - heard).toBeLessThanOrEqual(55);
    expect(music.length).toBeGreaterThanOrEqual(25 + 48);
  });

  test('a volume other than 100 % changes the level in the middle of the track, without a gap', async () => {
    const scene = await Scene.open(stack, 'volume');
    await scene.play(stack.site.pageUrl('tone440'));
    await scene.ear.hearsMusic(60);
    await scene.answerTo('/volume', { level: 50 });
    const music = await scene.ear.hearsTheEnd(290);

    expect(Math.abs(music.length - 301)).toBeLessThanOrEqual(1);
    const { samples } = scene.ear;
    const loud = rmsDb(samples.subarray(24_000, 48_000));
    const soft = rmsDb(samples.subarray(4 * 48_000, 5 * 48_000));
    expect(soft - loud).toBeCloseTo(-6, 0);
  });

  test('the buttons of the panel pause, resume and skip', async () => {
    const scene = await Scene.open(stack, 'buttons');
    await scene.play(stack.site.pageUrl('minute'));
    const panel = await scene.panel('A whole minute');
    await scene.ear.hearsMusic(10);
    await scene.user.clicks(panel, 'Pause').acknowledged;
    await scene.ear.hearsTheEnd(10);
    await scene.user.clicks(await scene.panel('Resume'), 'Resume').acknowledged;
    const count = scene.ear.music.length;
    await scene.ear.hearsMusic(count + 10);
    await scene.user.clicks(await scene.panel('Pause'), 'Skip').acknowledged;
    await scene.ear.hearsTheEnd(count + 10);
  });

  test('stopping empties the queue, and the next request plays', async () => {
    const scene = await Scene.open(stack, 'stop');
    await scene.play(stack.site.pageUrl('minute'));
    await scene.play(stack.site.pageUrl('tone440'));
    await scene.ear.hearsMusic(10);
    await scene.answerTo('/stop');
    await scene.ear.hearsTheEnd(10);
    const count = scene.ear.music.length;
    await scene.play(stack.site.pageUrl('tone660'));
    await scene.ear.hearsMusic(count + 25);
  });
});
