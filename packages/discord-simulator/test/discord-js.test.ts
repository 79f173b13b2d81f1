import { once } from 'node:events';
import {
  ActionRowBuilder,
  ButtonBuilder,
  ButtonStyle,
  ChannelType,
  type ChatInputCommandInteraction,
  type Client,
  EmbedBuilder,
  Events,
  type Interaction,
  MessageFlags,
  ModalBuilder,
  PermissionFlagsBits,
  SlashCommandBuilder,
  StringSelectMenuBuilder,
  TextInputBuilder,
  TextInputStyle,
} from 'discord.js';
import { describe, expect, it } from 'vitest';
import { renderMessage, startDiscordSimulator } from '../src/index.ts';
import { logIn } from './discord-js-client.ts';

const PLAY = new SlashCommandBuilder()
  .setName('play')
  .setDescription('Plays something')
  .addStringOption((option) =>
    option.setName('query').setDescription('What').setRequired(true).setAutocomplete(true),
  )
  .addIntegerOption((option) =>
    option.setName('position').setDescription('Where').setMinValue(1).setMaxValue(100),
  )
  .toJSON();

async function startWithPlay() {
  const discord = await startDiscordSimulator();
  const { client } = await logIn(discord);
  await client.application.commands.set([PLAY]);
  return {
    discord,
    client,
    alice: discord.user('alice'),
    async [Symbol.asyncDispose]() {
      await client.destroy();
      await discord.close();
    },
  };
}

/** Answers the next slash command with `answer`, and fails the test if that throws. */
function onCommand(client: Client, answer: (interaction: ChatInputCommandInteraction) => Promise<unknown>) {
  return once(client, Events.InteractionCreate).then(([interaction]: Interaction[]) => {
    if (interaction?.isChatInputCommand() !== true) throw new Error('not a slash command');
    return answer(interaction);
  });
}

const button = (id: string, label: string) =>
  new ButtonBuilder().setCustomId(id).setLabel(label).setStyle(ButtonStyle.Primary);
const row = (...buttons: ButtonBuilder[]) => new ActionRowBuilder<ButtonBuilder>().addComponents(buttons);

describe('an unmodified discord.js client', () => {
  it('logs in and sees the guild, its channels and its own permissions', async () => {
    await using discord = await startDiscordSimulator();
    await using session = await logIn(discord);
    const { client } = session;

    expect(client.user.id).toBe(discord.bot.id);
    const guild = client.guilds.cache.get(discord.guild().id);
    expect(guild?.channels.cache.map(({ name, type }) => [name, type])).toEqual([
      ['general', ChannelType.GuildText],
      ['music', ChannelType.GuildText],
      ['Lounge', ChannelType.GuildVoice],
      ['Studio', ChannelType.GuildVoice],
      ['Stage', ChannelType.GuildStageVoice],
    ]);
    const lounge = guild?.channels.cache.get(discord.guild().voiceChannel('Lounge').id);
    const permissions = guild?.members.me?.permissionsIn(lounge ?? '');
    expect(permissions?.has([PermissionFlagsBits.Connect, PermissionFlagsBits.Speak])).toBe(true);
    expect(permissions?.has(PermissionFlagsBits.ManageGuild)).toBe(false);
    discord.assertNothingUnexpected();
  });

  it('sees an overwrite take a permission away', async () => {
    await using discord = await startDiscordSimulator();
    await using session = await logIn(discord);
    const lounge = discord.guild().voiceChannel('Lounge');
    const updated = once(session.client, Events.ChannelUpdate);

    discord.moderator.denies(lounge, discord.bot, 'Speak');

    await updated;
    const me = session.client.guilds.cache.get(discord.guild().id)?.members.me;
    expect(me?.permissionsIn(lounge.id).has('Speak')).toBe(false);
    expect(me?.permissionsIn(lounge.id).has('Connect')).toBe(true);
  });

  it('registers commands, which keep their ids when set again', async () => {
    await using discord = await startDiscordSimulator();
    await using session = await logIn(discord);
    const { commands } = session.client.application;

    const first = await commands.set([PLAY]);
    const second = await commands.set([PLAY, { name: 'stop', description: 'Stops' }]);
    const fetched = await commands.fetch({ withLocalizations: true });

    expect(second.map(({ name }) => name)).toEqual(['play', 'stop']);
    expect(second.first()?.id).toBe(first.first()?.id);
    expect(second.first()?.version).toBe(first.first()?.version);
    expect(fetched.get(first.firstKey() ?? '')?.options).toHaveLength(2);
    const guildOnly = await commands.create({ name: 'here', description: 'Here' }, discord.guild().id);
    await guildOnly.edit({ description: 'Only here' });
    await expect(commands.fetch({ guildId: discord.guild().id })).resolves.toHaveProperty('size', 1);
    await guildOnly.delete();
    await expect(commands.fetch({ guildId: discord.guild().id })).resolves.toHaveProperty('size', 0);
    discord.assertNothingUnexpected();
  });

  it('is told what is wrong with a command definition', async () => {
    await using discord = await startDiscordSimulator();
    await using session = await logIn(discord);
    const bad = {
      name: 'Play Now',
      description: '',
      options: [{ type: 3, name: 'q', description: 'x'.repeat(101) }],
    };

    const refusal = session.client.rest.put(`/applications/${discord.bot.id}/commands`, { body: [bad] });

    await expect(refusal).rejects.toMatchObject({
      status: 400,
      code: 50035,
      rawError: {
        message: 'Invalid Form Body',
        errors: {
          0: {
            name: { _errors: [{ code: 'APPLICATION_COMMAND_INVALID_NAME' }] },
            description: { _errors: [{ code: 'BASE_TYPE_BAD_LENGTH' }] },
            options: { 0: { description: { _errors: [{ code: 'BASE_TYPE_BAD_LENGTH' }] } } },
          },
        },
      },
    });
    expect(discord.log.takeUnexpected()).toMatchObject([{ kind: 'invalidPayload' }]);
  });

  it('answers a command at once', async () => {
    await using stage = await startWithPlay();
    const { discord, client, alice } = stage;
    const answered = onCommand(client, (interaction) =>
      interaction.reply({
        content: `Playing ${interaction.options.getString('query', true)} at ${interaction.options.getInteger('position')}`,
        embeds: [
          new EmbedBuilder().setTitle('A song').setURL('https://example.org/song').setDescription('3:21'),
        ],
        components: [row(button('pause', 'Pause'))],
      }),
    );

    const play = alice.runs(
      '/play',
      { query: 'x', position: 2 },
      { in: discord.guild().textChannel('music') },
    );

    const message = await play.reply();
    await answered;
    expect(await play.acknowledged).toBeGreaterThan(0);
    expect(renderMessage(message).split('\n')).toEqual([
      'Music Bot',
      '  Playing x at 2',
      '  │ A song <https://example.org/song>',
      '  │ 3:21',
      '  [Pause]',
    ]);
    expect(
      discord
        .guild()
        .textChannel('music')
        .messages.map(({ id }) => id),
    ).toEqual([message.id]);
    expect(message.interaction_metadata).toMatchObject({ id: play.id, user: { id: alice.id } });
    discord.assertNothingUnexpected();
  });

  it('defers, edits, follows up and deletes', async () => {
    await using stage = await startWithPlay();
    const { discord, client, alice } = stage;
    const answered = onCommand(client, async (interaction) => {
      await interaction.deferReply();
      await interaction.editReply('first');
      await interaction.editReply('second');
      const followup = await interaction.followUp({ content: 'only you', flags: MessageFlags.Ephemeral });
      await interaction.editReply({ content: 'edited follow-up', message: followup });
      return await interaction.fetchReply();
    });

    const play = alice.runs('/play', { query: 'x' });
    await answered;

    await expect(play.reply()).resolves.toMatchObject({ content: 'second' });
    expect(play.replies.map(({ content, flags }) => [content, flags])).toEqual([
      ['', MessageFlags.Loading],
      ['first', 0],
      ['second', 0],
    ]);
    expect(play.followups.map(({ content }) => content)).toEqual(['edited follow-up']);
    const channel = discord.guild().textChannel('general');
    expect(channel.messages.map(({ content }) => content)).toEqual(['second']);
    expect(alice.sees(channel).map(({ content }) => content)).toEqual(['second', 'edited follow-up']);
    expect(discord.user('bob').sees(channel)).toHaveLength(1);

    const gone = onCommand(client, async (interaction) => {
      await interaction.deferReply({ flags: MessageFlags.Ephemeral });
      await interaction.deleteReply();
    });
    const second = alice.runs('/play', { query: 'y' });
    await gone;
    await expect(second.reply()).rejects.toThrow('was deleted');
    discord.assertNothingUnexpected();
  });

  it('answers buttons by updating the message, by a deferred update, or with a new message', async () => {
    await using stage = await startWithPlay();
    const { discord, client, alice } = stage;
    client.on(Events.InteractionCreate, async (interaction) => {
      if (interaction.isChatInputCommand()) {
        await interaction.reply({
          content: 'controls',
          components: [row(button('a', 'Update'), button('b', 'Later'), button('c', 'New'))],
        });
      }
      if (!interaction.isButton()) return;
      if (interaction.customId === 'a') await interaction.update({ content: 'updated' });
      if (interaction.customId === 'b') {
        await interaction.deferUpdate();
        await interaction.editReply({ content: 'updated later' });
      }
      if (interaction.customId === 'c')
        await interaction.reply({ content: 'new', flags: MessageFlags.Ephemeral });
    });
    const controls = await alice.runs('/play', { query: 'x' }).reply();

    await expect(alice.clicks(controls, 'Update').reply()).resolves.toMatchObject({
      id: controls.id,
      content: 'updated',
    });
    const later = alice.clicks(controls, 'b');
    await expect.poll(() => later.replies.at(-1)?.content).toBe('updated later');
    await expect(alice.clicks(controls, 'New').reply()).resolves.toMatchObject({
      content: 'new',
      flags: MessageFlags.Ephemeral,
    });
    expect(() => alice.clicks(controls, 'Nothing')).toThrow(
      'no button Nothing; there are: a = Update, b = Later, c = New',
    );
    discord.assertNothingUnexpected();
  });

  it('offers select menus and forms', async () => {
    await using stage = await startWithPlay();
    const { discord, client, alice } = stage;
    client.on(Events.InteractionCreate, async (interaction) => {
      if (interaction.isChatInputCommand()) {
        const menu = new StringSelectMenuBuilder()
          .setCustomId('pick')
          .addOptions({ label: 'One', value: '1' }, { label: 'Two', value: '2' });
        const menuRow = new ActionRowBuilder<StringSelectMenuBuilder>().addComponents(menu);
        await interaction.reply({ content: 'pick', components: [menuRow] });
      }
      if (interaction.isStringSelectMenu()) {
        const input = new TextInputBuilder()
          .setCustomId('why')
          .setLabel('Why?')
          .setStyle(TextInputStyle.Short);
        const inputRow = new ActionRowBuilder<TextInputBuilder>().addComponents(input);
        const title = `You picked ${interaction.values[0]}`;
        await interaction.showModal(
          new ModalBuilder().setCustomId('form').setTitle(title).addComponents(inputRow),
        );
      }
      if (interaction.isModalSubmit())
        await interaction.reply(`because ${interaction.fields.getTextInputValue('why')}`);
    });
    const message = await alice.runs('/play', { query: 'x' }).reply();

    const form = await alice.selects(message, 'pick', ['2']).modal();
    expect(form.title).toBe('You picked 2');
    await expect(alice.submits(form, { why: 'I can' }, { bot: discord.bot }).reply()).resolves.toMatchObject({
      content: 'because I can',
    });
    expect(() => alice.selects(message, 'pick', ['3'])).toThrow('does not offer 3');
    discord.assertNothingUnexpected();
  });

  it('completes an option while it is typed', async () => {
    await using stage = await startWithPlay();
    const { discord, client, alice } = stage;
    client.on(Events.InteractionCreate, async (interaction) => {
      if (!interaction.isAutocomplete()) return;
      const typed = interaction.options.getFocused();
      await interaction.respond([{ name: `${typed}!`, value: typed }]);
    });

    await expect(alice.types('/play', { query: 'ab' })).resolves.toEqual([{ name: 'ab!', value: 'ab' }]);
    discord.assertNothingUnexpected();
  });

  it('writes, edits, reads and deletes channel messages', async () => {
    await using stage = await startWithPlay();
    const { discord, client } = stage;
    const music = discord.guild().textChannel('music');
    const channel = await client.channels.fetch(music.id);
    if (channel?.isSendable() !== true) throw new Error('cannot write there');

    const sent = await channel.send({
      content: 'one',
      files: [{ attachment: Buffer.from('hello'), name: 'hello.txt' }],
    });
    await sent.edit('one, edited');
    const second = await channel.send('two');
    discord.user('alice').says(music, 'three');
    const listed = await channel.messages.fetch({ limit: 10, cache: false });
    expect(listed.map(({ content }) => content)).toEqual(['three', 'two', 'one, edited']);
    const file = await fetch(sent.attachments.first()?.url ?? '');
    expect(await file.text()).toBe('hello');

    await second.delete();
    expect(music.messages.map(({ content }) => content)).toEqual(['one, edited', 'three']);
    await expect(channel.messages.fetch({ message: second.id, force: true })).rejects.toMatchObject({
      code: 10008,
    });
    discord.assertNothingUnexpected();
  });

  it('is refused where it may not write, and told so', async () => {
    await using stage = await startWithPlay();
    const { discord, client } = stage;
    const music = discord.guild().textChannel('music');
    discord.moderator.denies(music, discord.bot, 'SendMessages');
    const send = () => client.rest.post(`/channels/${music.id}/messages`, { body: { content: 'x' } });

    await expect(send()).rejects.toMatchObject({ status: 403, code: 50013 });
    discord.moderator.denies(music, 'everyone', 'ViewChannel');
    await expect(send()).rejects.toMatchObject({ status: 403, code: 50001 });
  });
});
