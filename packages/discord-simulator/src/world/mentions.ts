import type { MessageContent } from './message-content.ts';

export interface Mentions {
  readonly userIds: readonly string[];
  readonly roleIds: readonly string[];
  readonly everyone: boolean;
}

/**
 * Whom a text would notify.
 *
 * The author's own right to mention everyone is deliberately not looked at: a text that relies on it to be
 * harmless is one permission away from a mass ping, and a test should see that.
 */
export function mentionsIn({ content, allowedMentions }: MessageContent): Mentions {
  const userIds = new Set([...content.matchAll(/<@!?(\d+)>/g)].map((match) => match[1] ?? ''));
  const roleIds = new Set([...content.matchAll(/<@&(\d+)>/g)].map((match) => match[1] ?? ''));
  const everyone = /@(everyone|here)\b/.test(content);
  if (allowedMentions === null) return { userIds: [...userIds], roleIds: [...roleIds], everyone };

  const { parse, users, roles } = allowedMentions;
  return {
    userIds: [...userIds].filter((id) => parse.includes('users') || users.includes(id)),
    roleIds: [...roleIds].filter((id) => parse.includes('roles') || roles.includes(id)),
    everyone: everyone && parse.includes('everyone'),
  };
}
