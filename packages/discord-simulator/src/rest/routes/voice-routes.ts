import { voiceStatePayload } from '../../world/payloads.ts';
import { may } from '../../world/permissions.ts';
import type { GuildRecord } from '../../world/records.ts';
import { refused, unknown } from '../api-error.ts';
import { FormReader } from '../form-reader.ts';
import { guildOf, type RestContext } from '../rest-context.ts';
import { botRoute, noContent, ok, type Route } from '../route.ts';

/** Voice states (stage channels: becoming a speaker) and regions. */
export function voiceRoutes(context: RestContext): Route[] {
  const { world, voice } = context;
  const read = (guild: GuildRecord, userId: string) => {
    const state = guild.voiceStates.get(userId);
    if (state === undefined) throw unknown.voiceState();
    return ok(voiceStatePayload(world, guild, state));
  };
  const update = (guild: GuildRecord, userId: string, body: unknown, mayUnsuppress: boolean) => {
    const state = guild.voiceStates.get(userId);
    if (state === undefined) throw unknown.voiceState();
    const form = FormReader.of(body);
    const channelId = form.snowflake('channel_id');
    const suppress = form.boolean('suppress');
    const request = form.text('request_to_speak_timestamp');
    form.finish();
    if (channelId !== undefined && channelId !== state.channelId) throw unknown.voiceState();
    if (suppress === false && state.suppress && !mayUnsuppress) throw refused.missingPermissions();
    if (suppress !== undefined) state.suppress = suppress;
    if ('request_to_speak_timestamp' in form.value) state.requestToSpeakAt = request ?? null;
    voice.refresh(guild, userId);
    return noContent();
  };
  return [
    botRoute('GET', '/guilds/:guild/voice-states/@me', (call, bot) =>
      read(guildOf(context, bot, call.param('guild')), bot.id),
    ),
    botRoute('GET', '/guilds/:guild/voice-states/:user', (call, bot) =>
      read(guildOf(context, bot, call.param('guild')), call.param('user')),
    ),
    botRoute('PATCH', '/guilds/:guild/voice-states/@me', (call, bot) => {
      const guild = guildOf(context, bot, call.param('guild'));
      return update(guild, bot.id, call.body, may(guild, bot.id, ['MuteMembers']));
    }),
    botRoute('PATCH', '/guilds/:guild/voice-states/:user', (call, bot) => {
      const guild = guildOf(context, bot, call.param('guild'));
      if (!may(guild, bot.id, ['MuteMembers'])) throw refused.missingPermissions();
      return update(guild, call.param('user'), call.body, true);
    }),
    botRoute('GET', '/voice/regions', () =>
      ok([{ id: 'simulated', name: 'Simulated', optimal: true, deprecated: false, custom: false }]),
    ),
  ];
}
