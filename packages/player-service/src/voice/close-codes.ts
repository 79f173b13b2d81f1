import type { ErrorCode } from '@bandstand/protocol';

/** What is done about the loss of a voice connection, and what is reported once that did not help. */
export interface LossPolicy {
  readonly meaning: string;
  /**
   * `rejoin`: ask Discord for fresh credentials with op 4, after a back-off.
   * `await`: ask nothing; Discord sends fresh credentials by itself, or the session is over.
   * `stop`: the session is over.
   */
  readonly action: 'rejoin' | 'await' | 'stop';
  /** How many rejoins in a row this cause is worth while no session lasted. */
  readonly rejoins: number;
  readonly error: ErrorCode;
}

/** However many causes take turns: so many rejoins, then the session has failed. */
export const MAX_REJOINS = 5;

/** More resumes than this without a stable time between them end in a rejoin. */
export const MAX_RESUMES = 5;

const clientBug = (meaning: string): LossPolicy => ({
  meaning,
  action: 'rejoin',
  rejoins: 1,
  error: 'VOICE_REJECTED',
});
const passing = (meaning: string): LossPolicy => ({
  meaning,
  action: 'rejoin',
  rejoins: MAX_REJOINS,
  error: 'VOICE_DISCONNECTED',
});
const final = (meaning: string, error: ErrorCode): LossPolicy => ({
  meaning,
  action: 'stop',
  rejoins: 0,
  error,
});
const perhapsMoved = (meaning: string): LossPolicy => ({
  meaning,
  action: 'await',
  rejoins: 0,
  error: 'VOICE_KICKED',
});

/**
 * Close codes of Discord's voice gateway. 4015 and transport losses (below 4000) are resumed in place by the library;
 * they come here only when that was impossible or refused.
 *
 * @see https://discord.com/developers/docs/topics/opcodes-and-status-codes#voice-voice-close-event-codes
 */
export const CLOSE_CODES: Readonly<Record<number, LossPolicy>> = {
  4001: clientBug('unknown opcode'),
  4002: clientBug('payload could not be decoded'),
  4003: clientBug('not authenticated'),
  4004: final('authentication failed', 'VOICE_REJECTED'),
  4005: clientBug('already authenticated'),
  4006: passing('session no longer valid'),
  4009: passing('session timed out'),
  4011: passing('voice server not found'),
  4012: clientBug('unknown protocol'),
  4014: perhapsMoved('disconnected: kicked, moved, or the gateway session ended'),
  4015: passing('voice server crashed'),
  4016: clientBug('unknown encryption mode'),
  4017: final('end-to-end encryption required', 'VOICE_REJECTED'),
  4020: clientBug('bad request'),
  4021: final('rate limited', 'VOICE_RATE_LIMITED'),
  4022: perhapsMoved('call terminated: channel deleted, or another voice server'),
};

const TRANSPORT_LOST = passing('the connection was lost and could not be resumed');
const UNKNOWN_CODE = clientBug('unknown close code');

export function policyForClose(code: number): LossPolicy {
  return CLOSE_CODES[code] ?? (code < 4000 ? TRANSPORT_LOST : UNKNOWN_CODE);
}

/** Ways to lose a connection that have no close code, because nobody closed it. */
export const SILENT_LOSSES = {
  joinTimeout: {
    meaning: 'no voice connection within the deadline',
    action: 'rejoin',
    rejoins: 1,
    error: 'JOIN_TIMEOUT',
  },
  resumeTimeout: passing('the resume was never answered'),
  resumeStorm: passing('resumed again and again without lasting'),
  notSecured: {
    meaning: 'the end-to-end encryption session was not ready in time',
    action: 'rejoin',
    rejoins: 2,
    error: 'VOICE_E2EE_FAILED',
  },
  handlerFault: {
    meaning: 'a message of the voice server could not be handled',
    action: 'rejoin',
    rejoins: 3,
    error: 'VOICE_E2EE_FAILED',
  },
  udpSilent: {
    meaning: 'nothing comes back over UDP although the voice gateway is well',
    action: 'rejoin',
    rejoins: 2,
    error: 'VOICE_DISCONNECTED',
  },
  nothingLeaves: passing('the music plays, but no frame leaves'),
  unsafeFrames: passing('frames left although the session was not ready to encrypt them'),
  endpointRemoved: passing('Discord took the voice server away and named no other'),
  moved: perhapsMoved('moved to another channel'),
} as const satisfies Record<string, LossPolicy>;
