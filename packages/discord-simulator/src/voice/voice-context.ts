import { VoiceEncryptionMode } from 'discord-api-types/voice/v8';
import type { TransportMode } from './transport-cipher.ts';
import type { UnexpectedLog } from './unexpected-log.ts';
import type { VoiceFaults } from './voice-faults.ts';

/** What a simulator of voice may be told to do differently; every time in milliseconds. */
export interface VoiceServerOptions {
  /** IPv4 address all endpoints listen on; also in the certificate. 127.0.0.1 unless clients live in other containers. */
  readonly host?: string;
  /** Offered in Ready, first choice first: clients take the first one they know. */
  readonly modes?: readonly TransportMode[];
  /**
   * The UDP port that Ready names, when media go elsewhere than to this server: it then hears nothing, and whoever
   * listens there answers IP discovery. 0 = its own.
   */
  readonly mediaPort?: number;
  /** What Hello asks for. 13,750 was seen on production in 2026. */
  readonly heartbeatIntervalMs?: number;
  /** How long a client may take from the opening of the socket to Identify or Resume. */
  readonly identifyDeadlineMs?: number;
  /** How long a session survives the loss of its socket. */
  readonly resumeWindowMs?: number;
  /** Numbered messages kept for a resume. */
  readonly resumeBufferFrames?: number;
  /** First `seq` of a session; 65,530 shows the wrap. */
  readonly firstSequence?: number;
  /** How long members may take to report a DAVE transition ready before it is executed without them. */
  readonly transitionDeadlineMs?: number;
  /** How long a receiver keeps the media keys of an epoch that ended. */
  readonly keyRetentionMs?: number;
  /** Frames a listener keeps. 45,000 are 15 minutes of one speaker. */
  readonly listenerFrames?: number;
  /** Seeds SSRCs, tokens and the dice of the faults; never keys. */
  readonly seed?: number;
}

export const DEFAULT_VOICE_OPTIONS: Required<VoiceServerOptions> = {
  host: '127.0.0.1',
  modes: [VoiceEncryptionMode.AeadAes256GcmRtpSize, VoiceEncryptionMode.AeadXChaCha20Poly1305RtpSize],
  mediaPort: 0,
  heartbeatIntervalMs: 13_750,
  identifyDeadlineMs: 10_000,
  resumeWindowMs: 60_000,
  resumeBufferFrames: 512,
  firstSequence: 1,
  transitionDeadlineMs: 2_000,
  keyRetentionMs: 10_000,
  listenerFrames: 45_000,
  seed: 1,
};

/** What all parts of one simulator share. */
export interface VoiceContext {
  readonly options: Required<VoiceServerOptions>;
  readonly faults: VoiceFaults;
  readonly unexpected: UnexpectedLog;
  /** [0, 1), the same for the same seed. */
  readonly random: () => number;
}
