import { ChannelType, type GuildMember, PermissionFlagsBits, type VoiceBasedChannel } from 'discord.js';
import type { Messages } from '../locales/messages.ts';

/** Who asked, as far as a guard looks. */
export interface GuardSubject {
  readonly member: GuildMember;
  /** The bot's own member of the guild. */
  readonly me: GuildMember;
}

/**
 * A condition for carrying out a command.
 *
 * @returns The sentence that says what is missing, or `null` when the command may go on.
 */
export type Guard = (subject: GuardSubject, messages: Messages) => string | null;

/** @returns What the first guard that refuses says. */
export function firstRefusal(
  guards: readonly Guard[],
  subject: GuardSubject,
  messages: Messages,
): string | null {
  for (const guard of guards) {
    const refusal = guard(subject, messages);
    if (refusal !== null) return refusal;
  }
  return null;
}

export const inVoiceChannel: Guard = ({ member }, messages) =>
  member.voice.channel === null ? messages.guards.joinFirst : null;

/** For commands that steer what plays: whoever is not in the bot's channel does not steer. */
export const inSameChannel: Guard = ({ member, me }, messages) => {
  const own = me.voice.channel;
  return own === null || member.voice.channelId === own.id
    ? null
    : messages.guards.otherChannel(mention(own));
};

/** For what is heard over everything else: Discord's own permission for that, in the channel where it will be heard. */
export const mayAnnounce: Guard = ({ member }, { sound }) => {
  const { channel } = member.voice;
  const may = channel?.permissionsFor(member).has(PermissionFlagsBits.PrioritySpeaker) ?? false;
  return may ? null : sound.mayNotAnnounce;
};

/** For commands that bring the bot along: it follows unless somebody listens where it is. */
export const canBringBot: Guard = ({ member, me }, messages) => {
  const own = me.voice.channel;
  if (own === null || member.voice.channelId === own.id) return null;
  const listeners = own.members.filter((other) => !other.user.bot);
  return listeners.size === 0 ? null : messages.guards.otherChannel(mention(own));
};

/** The bot may see, enter and speak in the member's channel, and it is not full. */
export const botMayPlayThere: Guard = ({ member, me }, messages) => {
  const { channel } = member.voice;
  if (channel === null || me.voice.channelId === channel.id) return null;
  const permissions = channel.permissionsFor(me);
  if (!permissions.has(PermissionFlagsBits.ViewChannel)) return messages.guards.cannotSee(mention(channel));
  if (!permissions.has(PermissionFlagsBits.Connect)) return messages.guards.cannotConnect(mention(channel));
  if (channel.type === ChannelType.GuildVoice && !permissions.has(PermissionFlagsBits.Speak))
    return messages.guards.cannotSpeak(mention(channel));
  // Discord answers a join of a full channel with silence; who may move members may enter it all the same.
  if (channel.full && !permissions.has(PermissionFlagsBits.MoveMembers))
    return messages.guards.channelFull(mention(channel));
  return null;
};

/** In a stage channel the bot begins as audience, unless it may lift that itself. */
export function needsInvitationToSpeak(channel: VoiceBasedChannel, me: GuildMember): boolean {
  return (
    channel.type === ChannelType.GuildStageVoice &&
    !channel.permissionsFor(me).has(PermissionFlagsBits.MuteMembers)
  );
}

function mention(channel: VoiceBasedChannel): string {
  return `<#${channel.id}>`;
}
