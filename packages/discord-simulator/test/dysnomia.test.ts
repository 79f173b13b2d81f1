import { once } from 'node:events';
import { Client, CommandInteraction, ComponentInteraction, Constants } from '@projectdysnomia/dysnomia';
import { describe, expect, it } from 'vitest';
import { type DiscordSimulator, startDiscordSimulator } from '../src/index.ts';

/** The second judge: an independent client library with its own REST and gateway code. */
async function connect(discord: DiscordSimulator) {
  const { hostname, port } = new URL(discord.restUrl);
  const client = new Client(`Bot ${discord.botToken}`, {
    gateway: { intents: ['guilds', 'guildVoiceStates', 'guildMessages'] },
    rest: { domain: hostname, port: Number(port), baseURL: '/api/v10', https: false },
  });
  const problems: unknown[] = [];
  client.on('error', (error) => problems.push(error));
  const ready = once(client, 'ready');
  await client.connect();
  await ready;
  return {
    client,
    problems,
    async [Symbol.asyncDispose]() {
      const gone = expect.poll(() => discord.bot.sessions.filter(({ attached }) => attached)).toEqual([]);
      client.disconnect({ reconnect: false });
      await gone;
    },
  };
}

describe('an unmodified dysnomia client', () => {
  it('logs in, registers a command, answers it and its button', async () => {
    await using discord = await startDiscordSimulator();
    await using session = await connect(discord);
    const { client } = session;
    expect(client.user.id).toBe(discord.bot.id);
    await client.bulkEditCommands([
      {
        type: Constants.ApplicationCommandTypes.CHAT_INPUT,
        name: 'play',
        description: 'Plays',
        options: [
          {
            type: Constants.ApplicationCommandOptionTypes.STRING,
            name: 'query',
            description: 'What',
            required: true,
          },
        ],
      },
    ]);
    client.on('interactionCreate', async (interaction) => {
      if (interaction instanceof CommandInteraction) {
        await interaction.defer();
        await interaction.editOriginalMessage({
          content: 'playing',
          components: [
            {
              type: Constants.ComponentTypes.ACTION_ROW,
              components: [
                {
                  type: Constants.ComponentTypes.BUTTON,
                  style: Constants.ButtonStyles.PRIMARY,
                  custom_id: 'stop',
                  label: 'Stop',
                },
              ],
            },
          ],
        });
        await interaction.createFollowup({ content: 'more' });
      }
      if (interaction instanceof ComponentInteraction)
        await interaction.editParent({ content: 'stopped', components: [] });
    });
    const alice = discord.user('alice');

    const play = alice.runs('/play', { query: 'x' });
    const message = await play.reply();
    expect(message.content).toBe('playing');
    await expect(play.followup()).resolves.toMatchObject({ content: 'more' });
    await expect(alice.clicks(message, 'Stop').reply()).resolves.toMatchObject({
      content: 'stopped',
      components: [],
    });

    expect(session.problems).toEqual([]);
    discord.assertNothingUnexpected();
  });

  it('sees people in voice, and writes and deletes messages', async () => {
    await using discord = await startDiscordSimulator();
    await using session = await connect(discord);
    const { client } = session;
    const joined = once(client, 'voiceChannelJoin');
    await discord.user('alice').joins(discord.guild().voiceChannel('Lounge'));
    const [member] = await joined;
    expect(member.id).toBe(discord.user('alice').id);

    const music = discord.guild().textChannel('music');
    const sent = await client.createMessage(music.id, { content: 'hello', embeds: [{ title: 'A song' }] });
    await client.editMessage(music.id, sent.id, { content: 'hello again' });
    expect(music.messages).toMatchObject([{ content: 'hello again', embeds: [{ title: 'A song' }] }]);
    await client.deleteMessage(music.id, sent.id);
    expect(music.messages).toEqual([]);
    expect(session.problems).toEqual([]);
    discord.assertNothingUnexpected();
  });

  it('resumes after its socket dropped', async () => {
    await using discord = await startDiscordSimulator();
    await using session = await connect(discord);
    // `once` of node:events would reject with the dropped connection, which the client reports as an error.
    const resumed = new Promise((resolve) => session.client.once('shardResume', resolve));

    discord.bot.dropGateway();
    await resumed;

    expect(discord.bot.sessions).toMatchObject([{ attached: true }]);
  });
});
