import { type GatewayPresenceUpdateData, PresenceUpdateStatus } from 'discord-api-types/v10';
import { FormReader } from '../rest/form-reader.ts';

export interface Identify {
  readonly token: string;
  readonly intents: number | undefined;
  readonly shard: readonly [index: number, count: number] | undefined;
  readonly presence: GatewayPresenceUpdateData | undefined;
}

export interface Resume {
  readonly token: string;
  readonly sessionId: string;
  readonly sequence: number;
}

export interface VoiceStateRequest {
  readonly guildId: string;
  readonly channelId: string | null;
  readonly selfMute: boolean;
  readonly selfDeaf: boolean;
}

export interface MembersRequest {
  readonly guildId: string;
  readonly query: string | undefined;
  readonly userIds: readonly string[];
  readonly limit: number;
  readonly nonce: string | undefined;
}

/**
 * Readers of what clients send (Discord, "Send Events").
 *
 * Each throws an ApiError for a malformed payload; the connection turns it into close code 4002.
 */
export function readIdentify(d: unknown): Identify {
  const form = FormReader.of(d);
  const token = form.text('token', { required: true });
  const intents = form.integer('intents', { min: 0 });
  const properties = form.object('properties');
  if (properties === undefined) form.fail('properties', 'BASE_TYPE_REQUIRED', 'This field is required');
  const presence = form.object('presence');
  const shard = form.value['shard'];
  const valid = Array.isArray(shard) && shard.length === 2 && shard.every((part) => Number.isInteger(part));
  if (form.has('shard') && !valid) form.fail('shard', 'LIST_TYPE_CONVERT', 'Must be two integers.');
  form.finish();
  return {
    token: bare(token),
    intents,
    shard: valid ? [Number(shard[0]), Number(shard[1])] : undefined,
    presence: presence && readPresence(presence.value),
  };
}

export function readResume(d: unknown): Resume {
  const form = FormReader.of(d);
  const token = form.text('token', { required: true });
  const sessionId = form.text('session_id', { required: true });
  const sequence = form.integer('seq', { required: true, min: 0 });
  form.finish();
  return { token: bare(token), sessionId: sessionId ?? '', sequence: sequence ?? 0 };
}

export function readVoiceState(d: unknown): VoiceStateRequest {
  const form = FormReader.of(d);
  const guildId = form.snowflake('guild_id', { required: true });
  const channelId = form.snowflake('channel_id');
  const selfMute = form.boolean('self_mute') ?? false;
  const selfDeaf = form.boolean('self_deaf') ?? false;
  form.finish();
  return { guildId: guildId ?? '', channelId: channelId ?? null, selfMute, selfDeaf };
}

export function readPresence(d: unknown): GatewayPresenceUpdateData {
  const form = FormReader.of(d);
  const status = form.text('status', { required: true });
  if (status !== undefined && !Object.values<string>(PresenceUpdateStatus).includes(status)) {
    form.fail('status', 'BASE_TYPE_CHOICES', `Unknown status ${status}.`);
  }
  for (const activity of form.list('activities')) {
    activity.text('name', { required: true, max: 128 });
    activity.text('state', { max: 128 });
    activity.integer('type', { required: true, oneOf: [0, 1, 2, 3, 4, 5] });
  }
  form.boolean('afk');
  form.finish();
  return form.value as unknown as GatewayPresenceUpdateData;
}

export function readMembersRequest(d: unknown): MembersRequest {
  const form = FormReader.of(d);
  const guildId = form.snowflake('guild_id', { required: true });
  const query = form.text('query');
  const ids = form.value['user_ids'];
  const userIds = typeof ids === 'string' ? [ids] : form.texts('user_ids', { max: 100 });
  const limit = form.integer('limit', { min: 0 }) ?? 0;
  const nonce = form.text('nonce', { max: 32 });
  if (query === undefined && userIds.length === 0) {
    form.fail('query', 'BASE_TYPE_REQUIRED', 'One of query and user_ids is required');
  }
  form.finish();
  return { guildId: guildId ?? '', query, userIds, limit, nonce };
}

/** Discord takes the token with and without its scheme. */
function bare(token: string | undefined): string {
  return (token ?? '').replace(/^Bot\s+/i, '');
}
