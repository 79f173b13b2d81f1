import type { MediaAccount } from './inbound-media.ts';
import type { TransportMode } from './transport-cipher.ts';
import type { VoiceSession } from './voice-session.ts';
import type { VoiceSessionStatus } from './voice-session-state.ts';

/** What happened between one user and one guild's voice servers since the simulator started. */
export interface VoiceHistory {
  /** VOICE_SERVER_UPDATEs handed out. */
  allocations: number;
  /** Identifies that were accepted. */
  identifies: number;
  resumes: number;
  /** Identifies and resumes that were answered with a close code. */
  refusals: number;
}

/** A voice session as a test sees it: a snapshot, not live. */
export interface VoiceSessionView extends VoiceHistory, MediaAccount {
  readonly state: VoiceSessionStatus;
  readonly guildId: string;
  readonly channelId: string;
  readonly userId: string;
  readonly ssrc: number;
  readonly mode: TransportMode | undefined;
  readonly daveVersion: number | undefined;
  /** Flags of the last Speaking message, 0 for none. */
  readonly speaking: number;
  readonly keepalives: number;
  /** The last `seq_ack` of a heartbeat, -1 for none. */
  readonly acknowledged: number;
  readonly unacknowledged: number;
  readonly lastCloseCode: number | undefined;
}

const NOTHING_RECEIVED: MediaAccount = {
  packets: 0,
  bytes: 0,
  lost: 0,
  outOfOrder: 0,
  timestampJumps: 0,
  undecryptable: 0,
  firstPacketAtMs: undefined,
  lastPacketAtMs: undefined,
};

export function viewSession(session: VoiceSession, history: VoiceHistory): VoiceSessionView {
  const { state, media, credentials } = session;
  const terms = 'terms' in state ? state.terms : undefined;
  return {
    ...history,
    ...(media.account ?? NOTHING_RECEIVED),
    state: state.status,
    guildId: credentials.guildId,
    channelId: credentials.channelId,
    userId: credentials.userId,
    ssrc: media.ssrc,
    mode: terms?.mode,
    daveVersion: terms?.daveVersion,
    speaking: media.speaking,
    keepalives: media.keepalives,
    acknowledged: session.acknowledged,
    unacknowledged: session.unacknowledged,
    lastCloseCode: session.lastCloseCode,
  };
}
