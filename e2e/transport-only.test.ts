import { afterAll, beforeAll, expect, test } from 'vitest';
import { Scene } from './harness/scene.ts';
import { Stack } from './harness/stack.ts';
import { expectTone } from './harness/tone.ts';

let stack: Stack;

beforeAll(async () => {
  stack = await Stack.start({ simulator: { dave: false } });
});

afterAll(async () => {
  await stack[Symbol.asyncDispose]();
  stack.discord.assertNothingUnexpected();
});

test('where Discord encrypts the transport alone, a track is heard all the same', async () => {
  const scene = await Scene.open(stack, 'no dave');
  await scene.play(stack.site.pageUrl('tone440'));
  const music = await scene.ear.hearsTheEnd(200);
  expect(music.every(({ encrypted }) => encrypted === 'transport-only')).toBe(true);
  expect(scene.ear.counts.lost).toBe(0);
  expectTone(scene.ear.samples, 440);
});
