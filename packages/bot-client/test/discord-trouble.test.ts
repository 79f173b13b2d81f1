import { join } from 'node:path';
import { ManualClock } from '@bandstand/discord-simulator';
import { expect, test } from 'vitest';
import { song } from './scripted-player.ts';
import { Stage } from './stage.ts';

const CALLBACK = 'POST /interactions/:interaction/:token/callback';
const SEND = 'POST /channels/:channel/messages';

const warnings = (stage: Stage) => stage.logLines.filter((line) => line.includes('"level":"warn"'));

test.each<[string, (stage: Stage) => void]>([
  ['429 to the answer', ({ discord }) => discord.faults.rest.rateLimit(CALLBACK, { retryAfterMs: 200 })],
  ['503 to the answer', ({ discord }) => discord.faults.rest.fail(CALLBACK)],
])('%s delays it, and there is one answer', async (_trouble, arm) => {
  await using stage = await Stage.build();
  arm(stage);
  const ann = stage.discord.user('ann');
  await ann.joins(stage.lounge);
  const invocation = ann.runs('/pause', {}, { in: stage.general });
  expect((await invocation.reply()).content).toBe('Paused.');
  expect(invocation.replies).toHaveLength(1);
  expect(stage.player.commandsOf('PAUSE')).toHaveLength(1);
  stage.assertClean();
});

test('a REST API that is down for a while costs answers, not the bot, and the panel comes when it is back, once', async () => {
  await using stage = await Stage.build();
  stage.discord.faults.rest.fail(SEND, { times: 6 });
  stage.guild.become({ text_channel_id: stage.general.id as never });
  stage.guild.startsPlaying(song('Patience'));
  await expect.poll(() => stage.general.messages.length, { timeout: 15_000 }).toBe(1);
  expect(stage.discord.faults.rest.armed).toBe(0);
  stage.guild.become({ volume_percent: 50 });
  await expect.poll(() => JSON.stringify(stage.general.messages)).toContain('50');
  expect(stage.general.messages).toHaveLength(1);
  stage.assertClean();
});

test('an interaction whose token expired is given up with a line in the log', async () => {
  const clock = new ManualClock(Date.now());
  await using stage = await Stage.build({ discord: { clock, heartbeatIntervalMs: 3_600_000 } });
  const ann = stage.discord.user('ann');
  await ann.joins(stage.lounge);
  const invocation = ann.runs('/play', { query: 'something slow' }, { in: stage.general });
  await invocation.acknowledged;
  await expect.poll(() => stage.player.commandsOf('ADD_TO_QUEUE')).toHaveLength(1);
  clock.advance(16 * 60_000);
  const [command] = stage.player.commandsOf('ADD_TO_QUEUE');
  stage.guild.settle({
    key: command?.key as never,
    state: 'failed',
    code: 'NOTHING_FOUND',
    retryable: false,
    message: 'nothing',
    details: {},
  });
  await expect.poll(() => warnings(stage).join('')).toContain('could not be answered');
  expect((await ann.runs('/pause', {}, { in: stage.general }).reply()).content).toBe('Paused.');
});

test('two bots with one token by mistake: one answer, one effect, no crash', async () => {
  await using stage = await Stage.build();
  const first = stage.bot;
  await stage.startBot({ DATA_DIR: join(stage.dataDir, 'second') });
  const ann = stage.discord.user('ann');
  await ann.joins(stage.lounge);
  const invocation = ann.runs('/pause', {}, { in: stage.general });
  expect((await invocation.reply()).content).toBe('Paused.');
  await expect.poll(() => warnings(stage).join('')).toContain('could not be answered');
  expect(invocation.replies).toHaveLength(1);
  expect(invocation.followups).toEqual([]);
  expect(stage.player.commandsOf('PAUSE')).toHaveLength(1);
  // The second answer is Discord's to refuse: a log line of the bot whose answer came too late.
  expect(stage.discord.log.unexpected.map(({ kind }) => kind)).toEqual(['refusedAnswer']);
  expect(stage.logLines.filter((line) => /"level":"(?:error|fatal)"|^fatal/.test(line))).toEqual([]);
  await first.stop();
  await first.client.destroy();
});
