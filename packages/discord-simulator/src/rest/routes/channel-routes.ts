import { ChannelType, GatewayDispatchEvents } from 'discord-api-types/v10';
import { channelPayload } from '../../world/payloads.ts';
import { unknown } from '../api-error.ts';
import { FormReader } from '../form-reader.ts';
import { channelOf, type RestContext } from '../rest-context.ts';
import { botRoute, noContent, ok, type Route } from '../route.ts';

/** Channels as a whole: the object, the typing light, the status line of a voice channel. */
export function channelRoutes(context: RestContext): Route[] {
  const { world } = context;
  return [
    botRoute('GET', '/channels/:channel', (call, bot) =>
      ok(channelPayload(channelOf(context, bot, call.param('channel')).channel)),
    ),
    botRoute('POST', '/channels/:channel/typing', (call, bot) => {
      const { guild, channel } = channelOf(context, bot, call.param('channel'), ['SendMessages']);
      const timestamp = Math.floor(world.clock.now() / 1000);
      world.dispatch(
        {
          t: GatewayDispatchEvents.TypingStart,
          d: { channel_id: channel.id, guild_id: guild.id, user_id: bot.id, timestamp },
        },
        { guildId: guild.id },
      );
      return noContent();
    }),
    botRoute('PUT', '/channels/:channel/voice-status', (call, bot) => {
      const { guild, channel } = channelOf(context, bot, call.param('channel'), ['SetVoiceChannelStatus']);
      if (channel.type !== ChannelType.GuildVoice) throw unknown.channel();
      const form = FormReader.of(call.body);
      const status = form.text('status', { max: 500 });
      form.finish();
      channel.voiceStatus = status === undefined || status === '' ? null : status;
      world.dispatch(
        {
          t: GatewayDispatchEvents.VoiceChannelStatusUpdate,
          d: { id: channel.id, guild_id: guild.id, status: channel.voiceStatus },
        },
        { guildId: guild.id },
      );
      return noContent();
    }),
  ];
}
