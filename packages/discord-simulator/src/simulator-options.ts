import type { Clock } from './clock.ts';
import type { VoiceServerOptions } from './voice/voice-context.ts';

/** A guild that stands from the start, by the names of its channels. */
export interface GuildSpec {
  readonly name: string;
  readonly textChannels?: readonly string[];
  readonly voiceChannels?: readonly string[];
  readonly stageChannels?: readonly string[];
}

export interface SimulatorOptions {
  /** Same seed, same ids. */
  readonly seed?: string | number;
  /** Where REST and gateway listen; voice stays on 127.0.0.1. */
  readonly host?: string;
  /** TCP port of REST and gateway; 0 picks a free one. */
  readonly port?: number;
  readonly guilds?: readonly GuildSpec[];
  readonly botName?: string;
  /** Without it a token of the usual form is made from the seed. */
  readonly botToken?: string;
  /** Whether the bot may ask for GUILD_MEMBERS, GUILD_PRESENCES and MESSAGE_CONTENT. */
  readonly privilegedIntents?: boolean;
  /** Whether voice channels are end-to-end encrypted, as they are since 2026-03-01. */
  readonly dave?: boolean;
  readonly clock?: Clock;
  readonly heartbeatIntervalMs?: number;
  /** How long a gateway session without a socket can be resumed. */
  readonly resumeWindowMs?: number;
  /** File to write the certificate of the voice servers to, PEM. */
  readonly caPath?: string;
  readonly voice?: VoiceServerOptions;
}

export const DEFAULT_SEED = 'discord';

export const DEFAULT_GUILDS: readonly GuildSpec[] = [
  {
    name: 'Test Guild',
    textChannels: ['general', 'music'],
    voiceChannels: ['Lounge', 'Studio'],
    stageChannels: ['Stage'],
  },
];

/** What Discord sends in Hello. */
export const HEARTBEAT_INTERVAL_MS = 41_250;
/** Discord gives no number; clients report a few minutes at most. */
export const RESUME_WINDOW_MS = 90_000;
