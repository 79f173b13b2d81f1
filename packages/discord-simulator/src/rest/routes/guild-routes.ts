import { ChannelType } from 'discord-api-types/v10';
import { channelPayload, guildPayload, memberPayload } from '../../world/payloads.ts';
import type { ApplicationRecord, GuildRecord } from '../../world/records.ts';
import { refused, unknown } from '../api-error.ts';
import { FormReader } from '../form-reader.ts';
import { guildOf, memberOf, type RestContext, requireInGuild } from '../rest-context.ts';
import { botRoute, noContent, ok, type RestCall, type Route } from '../route.ts';

const VOICE_FIELDS = ['mute', 'deaf', 'channel_id'];

/** Guilds with their channels, roles and members. */
export function guildRoutes(context: RestContext): Route[] {
  const { world } = context;
  const guildAt = (call: RestCall, bot: ApplicationRecord) => guildOf(context, bot, call.param('guild'));
  return [
    botRoute('GET', '/guilds/:guild', (call, bot) => {
      const guild = guildAt(call, bot);
      const counts = { approximate_member_count: guild.members.size, approximate_presence_count: 1 };
      return ok({ ...guildPayload(guild), ...(call.query.get('with_counts') === 'true' ? counts : {}) });
    }),
    botRoute('GET', '/guilds/:guild/channels', (call, bot) =>
      ok([...guildAt(call, bot).channels.values()].map(channelPayload)),
    ),
    botRoute('GET', '/guilds/:guild/roles', (call, bot) => ok([...guildAt(call, bot).roles.values()])),
    botRoute('GET', '/guilds/:guild/members', (call, bot) => {
      const guild = guildAt(call, bot);
      if (!bot.privilegedIntents) throw refused.missingAccess();
      const form = FormReader.of({ limit: Number(call.query.get('limit') ?? 1) });
      const limit = form.integer('limit', { min: 1, max: 1000 }) ?? 1;
      form.finish();
      const after = BigInt(call.query.get('after') ?? '0');
      const members = [...guild.members.values()].filter(({ userId }) => BigInt(userId) > after);
      return ok(members.slice(0, limit).map((member) => memberPayload(world, member)));
    }),
    botRoute('GET', '/guilds/:guild/members/:user', (call, bot) =>
      ok(memberPayload(world, memberOf(guildAt(call, bot), call.param('user')))),
    ),
    botRoute('PATCH', '/guilds/:guild/members/@me', (call, bot) => {
      const guild = guildAt(call, bot);
      const form = FormReader.of(call.body);
      const nick = form.text('nick', { max: 32 });
      form.finish();
      const member = memberOf(guild, bot.id);
      if ('nick' in form.value) {
        requireInGuild(guild, bot, 'ChangeNickname');
        member.nick = nick === undefined || nick === '' ? null : nick;
        world.updateMember(guild, member);
      }
      return ok(memberPayload(world, member));
    }),
    botRoute('PATCH', '/guilds/:guild/members/:user', (call, bot) => {
      const guild = guildAt(call, bot);
      const member = memberOf(guild, call.param('user'));
      changeVoiceOf(context, guild, bot, member.userId, call.body);
      return ok(memberPayload(world, member));
    }),
    botRoute('DELETE', '/users/@me/guilds/:guild', (call, bot) => {
      const guild = guildAt(call, bot);
      context.voice.leave(guild, bot.id);
      world.removeMember(guild, bot.id);
      return noContent();
    }),
  ];
}

/** Server mute, server deafen, move and disconnect: the parts of "Modify Guild Member" that concern voice. */
function changeVoiceOf(
  { voice, world }: RestContext,
  guild: GuildRecord,
  bot: ApplicationRecord,
  userId: string,
  body: unknown,
): void {
  const form = FormReader.of(body);
  const mute = form.boolean('mute');
  const deaf = form.boolean('deaf');
  const channelId = form.snowflake('channel_id');
  for (const key of Object.keys(form.value)) {
    if (!VOICE_FIELDS.includes(key))
      form.fail(key, 'NOT_SIMULATED', 'The simulator changes voice fields only.');
  }
  form.finish();
  const member = memberOf(guild, userId);
  const inVoice = guild.voiceStates.has(userId);
  if ((mute !== undefined || deaf !== undefined || 'channel_id' in form.value) && !inVoice) {
    throw refused.notInVoice();
  }
  if (mute !== undefined) {
    requireInGuild(guild, bot, 'MuteMembers');
    member.mute = mute;
  }
  if (deaf !== undefined) {
    requireInGuild(guild, bot, 'DeafenMembers');
    member.deaf = deaf;
  }
  if (mute !== undefined || deaf !== undefined) {
    world.updateMember(guild, member);
    voice.refresh(guild, userId);
  }
  if (!('channel_id' in form.value)) return;
  requireInGuild(guild, bot, 'MoveMembers');
  if (channelId === undefined) {
    voice.leave(guild, userId);
    return;
  }
  const channel = guild.channels.get(channelId);
  if (channel === undefined || channel.type === ChannelType.GuildText) throw unknown.channel();
  voice.move(guild, userId, channel);
}
