import type { GatewayPresenceUpdateData } from 'discord-api-types/v10';
import type { Clock } from '../clock.ts';
import type { GatewayFaults } from '../faults.ts';
import type { Identify, MembersRequest, Resume, VoiceStateRequest } from './client-frame.ts';
import type { GatewayConnection } from './connection.ts';
import type { GatewaySession } from './session.ts';

/** What one connection asks of the gateway as a whole. */
export interface GatewayContext {
  readonly clock: Clock;
  readonly heartbeatIntervalMs: number;
  readonly faults: GatewayFaults;

  /** @throws Violation for a wrong token, intents or shard. */
  open(identify: Identify): GatewaySession;
  /** READY and the guilds. */
  welcome(session: GatewaySession): void;
  /** @returns `undefined` when the session is gone. @throws Violation for a wrong token. */
  find(resume: Resume): GatewaySession | undefined;
  resumed(session: GatewaySession): void;
  /** The socket is gone, the session may come back for it. */
  suspend(session: GatewaySession): void;
  end(session: GatewaySession): void;
  closed(connection: GatewayConnection): void;

  voiceState(session: GatewaySession, request: VoiceStateRequest): void;
  presence(session: GatewaySession, presence: GatewayPresenceUpdateData): void;
  members(session: GatewaySession, request: MembersRequest): void;

  logFromClient(op: number, d: unknown): void;
  logToClient(op: number, t: string | null, d: unknown): void;
  violation(message: string): void;
  /** The simulator itself failed while it dealt with a message. */
  bug(error: unknown): void;
}
