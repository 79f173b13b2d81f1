import { channelIdSchema } from '@bandstand/protocol';
import {
  botMayPlayThere,
  canBringBot,
  inVoiceChannel,
  needsInvitationToSpeak,
} from '../interactions/guards.ts';
import { notice } from '../views/notice.ts';
import { type Command, voiceChannelOf } from './command.ts';

const JOIN_DEADLINE_MS = 30_000;

/** Comes into the member's channel, and answers once it can be heard there. */
export const join: Command = {
  name: 'join',
  options: [],
  guards: [inVoiceChannel, canBringBot, botMayPlayThere],
  acknowledge: 'at-once',
  isPrivate: false,
  async execute({ interaction, member, player, messages, signal }) {
    const channel = voiceChannelOf(member);
    const channelId = channelIdSchema.parse(channel.id);
    using watch = player.watchJoin();
    const { changed } = await player.request('join', 'CONNECT', {
      channel_id: channelId,
      text_channel_id: channelIdSchema.parse(interaction.channelId),
    });
    const deadline = AbortSignal.timeout(JOIN_DEADLINE_MS);
    try {
      await watch.untilReady(channelId, () => player.state(), AbortSignal.any([signal, deadline]));
    } catch (error) {
      if (!deadline.aborted) throw error;
      return notice(messages.done.joining(`<#${channel.id}>`));
    }
    const said = changed ? messages.done.joined : messages.done.alreadyJoined;
    const { me } = interaction.guild.members;
    const stage = me !== null && needsInvitationToSpeak(channel, me) ? messages.notes.stage : '';
    return notice(`${said(`<#${channel.id}>`)} ${stage}`.trim());
  },
};
