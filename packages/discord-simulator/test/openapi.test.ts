import { once } from 'node:events';
import { env } from 'node:process';
import { ActionRowBuilder, ButtonBuilder, ButtonStyle, Events, MessageFlags } from 'discord.js';
import { describe, expect, it } from 'vitest';
import { startDiscordSimulator } from '../src/index.ts';
import { logIn } from './discord-js-client.ts';
import { OpenApi } from './openapi.ts';

/** Published by Discord as discord/discord-api-spec, `specs/openapi.json`; not part of this repository. `DISCORD_OPENAPI` says where it lies. */
const description = await OpenApi.load(env['DISCORD_OPENAPI'] === undefined ? [] : [env['DISCORD_OPENAPI']]);

describe('REST traffic between discord.js and the simulator', () => {
  it.skipIf(description === undefined)('is what Discord itself describes, in both directions', async () => {
    await using discord = await startDiscordSimulator({ privilegedIntents: true });
    await using session = await logIn(discord);
    const { client } = session;
    const { rest } = client;
    const guild = discord.guild();
    const general = guild.textChannel('general');
    const alice = discord.user('alice');
    discord.moderator.grants(
      discord.bot,
      guild,
      'ManageMessages',
      'SetVoiceChannelStatus',
      'MuteMembers',
      'MoveMembers',
    );
    const controls = new ActionRowBuilder<ButtonBuilder>().addComponents(
      new ButtonBuilder().setCustomId('go').setLabel('Go').setEmoji('▶️').setStyle(ButtonStyle.Secondary),
      new ButtonBuilder().setURL('https://example.org').setLabel('Open').setStyle(ButtonStyle.Link),
    );
    const embed = {
      title: 'A song',
      url: 'https://example.org',
      fields: [{ name: 'By', value: 'Somebody', inline: true }],
    };
    client.on(Events.InteractionCreate, async (interaction) => {
      if (interaction.isAutocomplete()) await interaction.respond([{ name: 'one', value: '1' }]);
      if (interaction.isChatInputCommand()) {
        await interaction.deferReply();
        await interaction.editReply({
          content: 'playing',
          embeds: [embed],
          components: [controls],
          allowedMentions: { parse: [] },
        });
        await interaction.followUp({ content: 'psst', flags: MessageFlags.Ephemeral });
      }
      if (interaction.isButton()) await interaction.reply({ content: 'pressed', withResponse: true });
    });

    await client.application.commands.set([
      {
        name: 'play',
        description: 'Plays',
        options: [{ type: 3, name: 'query', description: 'What', required: true, autocomplete: true }],
      },
    ]);
    await client.application.commands.create({
      name: 'stop',
      description: 'Stops',
      descriptionLocalizations: { de: 'Hält an' },
    });
    await client.application.commands.fetch();
    await client.application.commands.fetch({ withLocalizations: true });
    await client.application.commands.set([{ name: 'here', description: 'Here' }], guild.id);
    await client.application.fetch();
    await client.guilds.fetch({ guild: guild.id, force: true, withCounts: true });
    await rest.get(`/guilds/${guild.id}/channels`);
    await rest.get(`/guilds/${guild.id}/roles`);
    await rest.get(`/guilds/${guild.id}/members`, { query: new URLSearchParams({ limit: '10' }) });
    await rest.get(`/guilds/${guild.id}/members/${alice.id}`);
    await rest.get(`/channels/${general.id}`);
    await rest.get(`/channels/${guild.voiceChannel().id}`);
    await rest.get(`/channels/${guild.voiceChannel('Stage').id}`);
    await rest.get('/users/@me');
    await rest.get('/users/@me/guilds');
    await rest.get(`/users/${alice.id}`);
    await rest.get('/oauth2/applications/@me');
    await rest.get('/gateway', { auth: false });
    await rest.get('/voice/regions');
    await rest.put(`/channels/${guild.voiceChannel().id}/voice-status`, { body: { status: 'A song' } });
    await alice.joins(guild.voiceChannel());
    await rest.get(`/guilds/${guild.id}/voice-states/${alice.id}`);
    await rest.patch(`/guilds/${guild.id}/members/${alice.id}`, { body: { mute: true } });
    await rest.patch(`/guilds/${guild.id}/members/@me`, { body: { nick: 'DJ' } });

    await alice.types('/play', { query: 'o' });
    const play = alice.runs('/play', { query: 'one' });
    const message = await play.reply();
    await play.followup();
    await alice.clicks(message, 'Go').reply();
    const channel = await client.channels.fetch(general.id, { force: true });
    if (channel?.isSendable() !== true || channel.isDMBased()) throw new Error('cannot write there');
    await channel.sendTyping();
    const sent = await channel.send({
      content: `hi <@${alice.id}>`,
      reply: { messageReference: message.id },
    });
    await sent.edit({ embeds: [embed] });
    await channel.messages.fetch({ limit: 50, cache: false });
    await channel.messages.fetch({ message: sent.id, force: true });
    const deleted = once(client, Events.MessageBulkDelete);
    await channel.bulkDelete([sent.id, message.id]);
    await deleted;

    discord.assertNothingUnexpected();
    const problems = discord.log.rest.flatMap((call) => description?.judge(call) ?? []);
    expect(problems).toEqual([]);
    expect(new Set(discord.log.rest.map(({ method, route }) => `${method} ${route}`)).size).toBeGreaterThan(
      30,
    );
  });

  it.skipIf(description === undefined)('would not pass unnoticed if it were wrong', async () => {
    await using discord = await startDiscordSimulator();
    await using session = await logIn(discord);
    await session.client.rest.get('/users/@me');
    const call = discord.log.rest.find(({ path }) => path === '/users/@me');
    if (call === undefined) throw new Error('the call was not logged');

    expect(description?.judge({ ...call, responseBody: { id: 7 } })).toContain(
      "GET /users/@me 200: answer / must have required property 'username'",
    );
    expect(description?.judge({ ...call, path: '/nonsense' })).toEqual([
      'GET /nonsense: Discord describes no such operation',
    ]);
  });
});
