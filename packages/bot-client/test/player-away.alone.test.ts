import { ERROR_CODES, type RequestOutcome } from '@bandstand/protocol';
import { expect, test } from 'vitest';
import { en } from '../src/locales/en.ts';
import { COMMAND_NAMES, type CommandName } from '../src/locales/messages.ts';
import { song } from './scripted-player.ts';
import { Stage } from './stage.ts';

const RESTARTING = en.errors.PLAYER_UNREACHABLE;

/** A player that takes the request and never says so. */
async function askedInVain(stage: Stage) {
  const ann = stage.discord.user('ann');
  await ann.joins(stage.lounge);
  stage.player.script.ADD_TO_QUEUE = () => new Promise<never>(() => {});
  const began = performance.now();
  const invocation = ann.runs('/play', { query: 'a song' }, { in: stage.general });
  const first = await invocation.reply();
  expect(performance.now() - began).toBeLessThan(3_000);
  expect(first.embeds[0]?.description ?? first.content).toBe(RESTARTING);
  return invocation;
}

function now(invocation: Awaited<ReturnType<typeof askedInVain>>): string | undefined {
  const message = invocation.replies.at(-1);
  return message?.embeds[0]?.description ?? message?.content;
}

/** With what each command needs; the rest need nothing. */
const OPTIONS: Partial<Record<CommandName, Record<string, string | number>>> = {
  play: { query: 'a song' },
  p5: { query: 'a song' },
  radio: { station: 'https://radio.test/live' },
  announce: { what: 'closing.mp3' },
  seek: { time: '1:00' },
  volume: { level: 50 },
  loop: { mode: 'queue' },
  remove: { item: '1' },
  move: { item: '1', position: 2 },
};
/** What is typed where a name alone is no command. */
const TYPED: Partial<Record<CommandName, string>> = { filter: '/filter reset' };
/** They do not need the player to be there. */
const OWN: readonly CommandName[] = ['help', 'ping'];

test('every command is answered in plain words within three seconds while the player is away, and none is carried out later', async () => {
  await using stage = await Stage.build();
  await stage.killPlayer();
  const answers: Record<string, string> = {};
  const asked = COMMAND_NAMES.filter((name) => !OWN.includes(name));
  await Promise.all(
    asked.map(async (name) => {
      const user = stage.discord.user(`asks for ${name}`);
      await user.joins(stage.lounge);
      stage.discord.moderator.grants(user, stage.discord.guild(), 'PrioritySpeaker');
      const began = performance.now();
      const { content, embeds } = await user
        .runs(TYPED[name] ?? `/${name}`, OPTIONS[name] ?? {}, { in: stage.general })
        .reply({ timeoutMs: 10_000 });
      expect({ name, isInTime: performance.now() - began < 3_000 }).toEqual({ name, isInTime: true });
      answers[name] = embeds[0]?.description ?? content;
    }),
  );
  expect(answers).toEqual(Object.fromEntries(asked.map((name) => [name, RESTARTING])));

  await stage.revivePlayer();
  await expect.poll(() => stage.bot.link.isUsable, { timeout: 15_000 }).toBe(true);
  await expect.poll(() => stage.player.received.length).toBeGreaterThan(0);
  expect(new Set(stage.player.received.map(({ action }) => action))).toEqual(new Set(['GET_STATE']));
  stage.assertClean();
});

// These wait most of the time: side by side.
test.concurrent('an addition whose reply was lost is told as added once the player is asked again', async () => {
  await using stage = await Stage.build();
  const invocation = await askedInVain(stage);
  const [command] = stage.player.commandsOf('ADD_TO_QUEUE');
  const outcome: RequestOutcome = {
    key: command?.key as never,
    state: 'added',
    song: song('There after all'),
    added: 1,
    complete: true,
    playlist_name: null,
    queue_position: 0,
    skipped: 0,
  };
  stage.guild.outcomes.set(outcome.key, outcome);
  await expect.poll(() => now(invocation), { timeout: 8_000 }).toMatch(/^Added \[There after all\]/);
  expect(stage.player.commandsOf('ADD_TO_QUEUE')).toHaveLength(1);
  stage.assertClean();
});

test.concurrent('an addition that failed after its reply was lost is told with its cause', async () => {
  await using stage = await Stage.build();
  const invocation = await askedInVain(stage);
  const [command] = stage.player.commandsOf('ADD_TO_QUEUE');
  const { retryable } = ERROR_CODES.NOTHING_FOUND;
  const key = command?.key as never;
  stage.guild.outcomes.set(key, {
    key,
    state: 'failed',
    code: 'NOTHING_FOUND',
    retryable,
    message: 'x',
    details: {},
  });
  await expect.poll(() => now(invocation), { timeout: 8_000 }).toBe(en.errors.NOTHING_FOUND);
});

test.concurrent('an addition that the next player knows nothing of stays "try again", and is not sent again', async () => {
  await using stage = await Stage.build();
  const ann = stage.discord.user('ann');
  await ann.joins(stage.lounge);
  await stage.killPlayer();
  const invocation = ann.runs('/play', { query: 'a song' }, { in: stage.general });
  expect(now(invocation) ?? RESTARTING).toBe(RESTARTING);
  await invocation.reply();
  await stage.revivePlayer();
  const polled = () =>
    stage.player.commandsOf('GET_STATE').filter(({ data }) => data.request_key === `${invocation.id}:add`);
  await expect.poll(() => polled().length, { timeout: 15_000 }).toBeGreaterThan(0);
  await expect.poll(() => stage.logLines.join('')).toContain('"code":"PLAYER_UNREACHABLE"');
  expect(now(invocation)).toBe(RESTARTING);
  expect(stage.player.commandsOf('ADD_TO_QUEUE')).toEqual([]);
  stage.assertClean();
});
