import type { GuildHandle, UserHandle } from '@bandstand/discord-simulator';
import { ERROR_CODES, type ErrorCode, PlayerError } from '@bandstand/protocol';
import { expect, test } from 'vitest';
import { en } from '../src/locales/en.ts';
import { Stage } from './stage.ts';

const CODES = Object.keys(ERROR_CODES) as ErrorCode[];
/** Fewer than a guild may ask for at once. */
const PER_GUILD = 20;

/** What an operator may read, and people must not. */
const DETAIL = 'Error: bug\n    at play (/srv/player.ts:1:1) https://media.test/a?sig=c2lnbmF0dXJl&token=x';

/** Every code in turn, each asked for by somebody else, so that nobody asks too often. */
async function forEachCode(
  stage: Stage,
  ask: (code: ErrorCode, user: UserHandle, guild: GuildHandle) => Promise<string>,
): Promise<Record<string, string>> {
  const answers: Record<string, string> = {};
  for (const [index, code] of CODES.entries()) {
    const name = `failures ${Math.floor(index / PER_GUILD)}`;
    const guild =
      index % PER_GUILD === 0
        ? stage.discord.addGuild({ name, textChannels: ['music'], voiceChannels: ['Lounge'] })
        : stage.discord.guild(name);
    const user = stage.discord.user(`asks for ${code}`);
    await user.joins(guild.voiceChannel('Lounge'));
    answers[code] = await ask(code, user, guild);
    await user.leaves();
  }
  return answers;
}

function expectPlainWords(answers: Record<string, string>): void {
  expect(answers).toEqual(en.errors);
  for (const sentence of Object.values(answers))
    expect(sentence).not.toMatch(/https?:|sig=|token=|\bat \S+ \(|Error:|[A-Z]{2,}_[A-Z]/);
}

test('every code as the answer to a command is told in plain words', async () => {
  await using stage = await Stage.build();
  const answers = await forEachCode(stage, async (code, user, guild) => {
    stage.player.script.PAUSE = () => {
      throw new PlayerError(code, DETAIL, { details: { said: DETAIL } });
    };
    const answer = await user.runs('/pause', {}, { in: guild.textChannel('music') }).reply();
    expect(JSON.stringify(answer)).not.toContain('c2lnbmF0dXJl');
    return answer.content;
  });
  expectPlainWords(answers);
  expect(stage.logLines.join('')).not.toContain('c2lnbmF0dXJl');
  stage.discord.assertNothingUnexpected();
});

test('every code as the end of a request that was acknowledged is told in plain words', async () => {
  await using stage = await Stage.build();
  const answers = await forEachCode(stage, async (code, user, guild) => {
    stage.player.script.ADD_TO_QUEUE = ({ key }, at) => {
      setImmediate(() =>
        at.emit('PLAYER_ERROR', {
          error_type: code,
          error_message: DETAIL,
          retryable: ERROR_CODES[code].retryable,
          details: { said: DETAIL },
          song_data: null,
          request_key: key,
          next_step: 'none',
        }),
      );
      return { outcome: { key: key as never, state: 'pending' } };
    };
    const { content } = await user
      .runs('/play', { query: 'anything' }, { in: guild.textChannel('music') })
      .reply();
    return content;
  });
  expectPlainWords(answers);
  expect(stage.logLines.join('')).not.toContain('c2lnbmF0dXJl');
  stage.discord.assertNothingUnexpected();
});
