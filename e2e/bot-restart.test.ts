import { renderMessage } from '@bandstand/discord-simulator';
import { PostgresCluster, postgresFolder } from '@bandstand/test-support';
import { expect, onTestFinished, test } from 'vitest';
import { longestGapMs } from './harness/ear.ts';
import { Scene } from './harness/scene.ts';
import { Stack } from './harness/stack.ts';

/** Discord keeps the session of a bot that is gone for minutes; here it is shorter than a start of the bot, or endless. */
const SHORT_WINDOW_MS = 1_000;
const LONG_WINDOW_MS = 600_000;
/** More than a frame that is late on a busy machine; less than anybody notices. */
const NO_GAP_MS = 200;

async function playing(resumeWindowMs: number) {
  const stack = await Stack.start({ simulator: { resumeWindowMs } });
  onTestFinished(() => stack[Symbol.asyncDispose]());
  const scene = await Scene.open(stack, 'bot restart');
  await scene.play(stack.site.pageUrl('minute'));
  await scene.panel('A whole minute');
  await scene.ear.hearsMusic(25);
  return { stack, scene };
}

/** Wall clock of the last READY. */
function readyAtMs({ bot }: Stack): number {
  const line = bot.logs.all.findLast(({ msg }) => msg === 'connected to Discord');
  return Date.parse(String(line?.['time']));
}

function identifies({ discord }: Stack): number {
  return discord.log.gateway.filter(({ direction, op }) => direction === 'fromClient' && op === 2).length;
}

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'after %s the music plays on, and the next bot makes the voice session its own within five seconds',
  async (signal) => {
    const { stack, scene } = await playing(LONG_WINDOW_MS);
    const before = stack.discord.bot.voiceStateIn(scene.guild)?.sessionId;
    const identified = identifies(stack);

    if (signal === 'SIGKILL') await stack.bot.kill();
    else expect(await stack.bot.stop()).toMatchObject({ code: 0, forced: false });
    await scene.ear.hearsMusic(scene.ear.music.length + 100);
    expect(longestGapMs(scene.ear.music)).toBeLessThan(NO_GAP_MS);
    expect(scene.ear.counts.lost).toBe(0);

    await stack.bot.start();
    await expect
      .poll(() => stack.discord.bot.voiceStateIn(scene.guild)?.sessionId, { timeout: 5_000 })
      .not.toBe(before);
    expect(Date.now() - readyAtMs(stack)).toBeLessThan(5_000);
    expect(identifies(stack) - identified).toBe(1);
    await scene.ear.hearsMusic(scene.ear.music.length + 100);

    // The player changes over to the new voice session without leaving the track.
    expect(longestGapMs(scene.ear.music)).toBeLessThan(1_000);
    const panels = scene.text.messages.filter((message) => (message.components?.length ?? 0) > 0);
    expect(panels).toHaveLength(1);
    await scene.user.clicks(await scene.panel('A whole minute'), 'Pause').acknowledged;
    expect(renderMessage(await scene.panel('Resume'))).toContain('A whole minute');
    stack.discord.assertNothingUnexpected();
  },
);

test('a bot that was away until Discord let its voice session go brings the music back', async () => {
  const { stack, scene } = await playing(SHORT_WINDOW_MS);
  await stack.bot.kill();
  await expect.poll(() => stack.discord.bot.voiceStateIn(scene.guild), { timeout: 5_000 }).toBeUndefined();
  // As long as the voice session lived, nothing was missing.
  const heard = scene.ear.music.length;
  expect(longestGapMs(scene.ear.music)).toBeLessThan(NO_GAP_MS);

  await stack.bot.start();
  await expect.poll(() => stack.discord.bot.voiceStateIn(scene.guild), { timeout: 5_000 }).toBeDefined();
  expect(Date.now() - readyAtMs(stack)).toBeLessThan(5_000);
  await scene.ear.hearsMusic(heard + 100);
  await scene.user.clicks(await scene.panel('A whole minute'), 'Skip').acknowledged;
  await scene.ear.hearsTheEnd(heard + 100);
  stack.discord.assertNothingUnexpected();
});

test.skipIf(postgresFolder() === undefined)(
  'with one PostgreSQL database for both services, a restarted bot finds its panel',
  async () => {
    await using cluster = await PostgresCluster.start();
    const database = { DATABASE_URL: await cluster.createDatabase() };
    await using stack = await Stack.start({ bot: database, player: database });
    const scene = await Scene.open(stack, 'one database');
    await scene.play(stack.site.pageUrl('minute'));
    await scene.panel('A whole minute');
    // For two seconds after a join the player takes another voice state for the one that belongs to it.
    await scene.ear.hearsMusic(125);
    await stack.bot.kill();
    await stack.bot.start();
    await scene.user.clicks(await scene.panel('A whole minute'), 'Pause').acknowledged;
    await scene.panel('Resume');
    expect(scene.text.messages.filter(({ components }) => (components?.length ?? 0) > 0)).toHaveLength(1);
    stack.discord.assertNothingUnexpected();
  },
);
