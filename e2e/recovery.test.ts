import { renderMessage } from '@bandstand/discord-simulator';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { longestGapMs } from './harness/ear.ts';
import { descendantsOf } from './harness/processes.ts';
import { Scene } from './harness/scene.ts';
import { Stack } from './harness/stack.ts';

let stack: Stack;

beforeEach(async () => {
  stack = await Stack.start();
});

afterEach(async () => {
  await stack[Symbol.asyncDispose]();
  stack.discord.assertNothingUnexpected();
});

test('dead-after-one-timeout: after a player was killed, commands are answered in plain words, and the next player plays', async () => {
  const scene = await Scene.open(stack, 'player killed');
  await scene.play(stack.site.pageUrl('minute'));
  await scene.ear.hearsMusic(25);
  await stack.player.kill();

  const answer = scene.run('/skip');
  expect(await answer.acknowledged).toBeLessThan(3_000);
  expect(renderMessage(await answer.reply({ timeoutMs: 15_000 }))).toMatch(/restart|reach|moment/i);

  const heard = scene.ear.music.length;
  await stack.player.start();
  await stack.bot.logs.waitFor((line) => line['msg'] === 'met the player' && line['restarted'] === true);
  expect(await scene.play(stack.site.pageUrl('tone440'))).toContain('440 Hz');
  await scene.ear.hearsMusic(heard + 50);
});

test('the music goes on while the bot is killed and started again, and its panel is taken over', async () => {
  const scene = await Scene.open(stack, 'bot killed');
  await scene.play(stack.site.pageUrl('minute'));
  await scene.panel('A whole minute');
  await scene.ear.hearsMusic(25);
  await stack.bot.kill();
  await stack.bot.start();
  // The new session asks for the channel again, so the voice server changes within this second.
  const before = scene.ear.music.length;
  await scene.ear.hearsMusic(before + 50);
  expect(longestGapMs(scene.ear.music)).toBeLessThan(250);
  expect(scene.ear.counts.lost).toBe(0);

  const panels = scene.text.messages.filter((message) => (message.components?.length ?? 0) > 0);
  expect(panels).toHaveLength(1);
  await scene.user.clicks(await scene.panel('A whole minute'), 'Skip').acknowledged;
  await scene.ear.hearsTheEnd(before + 50);
});

test('a player told to stop ends with 0 within five seconds and leaves no child behind', async () => {
  const scene = await Scene.open(stack, 'stopped');
  await scene.play(stack.site.pageUrl('as-m4a'));
  const hanging = scene.run('/play', { query: stack.site.pageUrl('hanging') });
  await hanging.acknowledged;
  await scene.ear.hearsMusic(25);
  await expect.poll(() => descendantsOf(stack.player.pid).length).toBeGreaterThan(1);
  const children = descendantsOf(stack.player.pid);

  const stoppedAtMs = performance.now();
  const exit = await stack.player.stop();

  expect(exit).toMatchObject({ code: 0, forced: false, leftChildren: false });
  expect(performance.now() - stoppedAtMs).toBeLessThan(5_000);
  expect(children.filter(isAlive)).toEqual([]);
  expect(stack.discord.bot.voiceStateIn(scene.guild)).toBeUndefined();
});

function isAlive(pid: number): boolean {
  try {
    return process.kill(pid, 0);
  } catch {
    return false;
  }
}
