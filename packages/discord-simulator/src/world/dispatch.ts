import type { GatewayDispatchPayload } from 'discord-api-types/v10';

type NameAndData<Payload> = Payload extends { t: infer Name; d: infer Data }
  ? { readonly t: Name; readonly d: Data }
  : never;

/** One gateway event before a session gives it a sequence number. */
export type Dispatch = NameAndData<GatewayDispatchPayload>;

/** Whom an event concerns; the gateway narrows it further by intents and shard. */
export interface Audience {
  /** Sessions whose shard serves this guild, of bots that are members of it. */
  readonly guildId: string;
  /** Only this bot's sessions. */
  readonly applicationId?: string;
  /** Only this session. */
  readonly sessionId?: string;
}

export type DispatchListener = (dispatch: Dispatch, audience: Audience) => void;
