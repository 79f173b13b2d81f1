import type { PlayerError } from '@bandstand/protocol';
import type { Closeable } from './closeable.ts';
import type { JoinRequest } from './join-request.ts';
import type { VoiceConnection } from './voice-connection.ts';

/** Where our session in one guild stands. A state carries exactly what is valid in it. */
export type VoiceSessionState =
  | { readonly status: 'disconnected' }
  /** On the way in, for the first time or to another channel. */
  | {
      readonly status: 'joining';
      readonly channelId: string;
      readonly request: JoinRequest;
      readonly connection?: VoiceConnection | undefined;
    }
  /** Connected, but frames must wait: end-to-end encryption is not ready. */
  | { readonly status: 'securing'; readonly channelId: string; readonly connection: VoiceConnection }
  /** Frames flow. */
  | { readonly status: 'ready'; readonly channelId: string; readonly connection: VoiceConnection }
  /** Was connected and shall be again: the library resumes, or a request for fresh credentials runs. */
  | {
      readonly status: 'recovering';
      readonly channelId: string;
      /** Why, in words for the log. */
      readonly cause: string;
      readonly request?: JoinRequest | undefined;
      readonly connection?: VoiceConnection | undefined;
    }
  /** Over, and not coming back by itself. */
  | { readonly status: 'failed'; readonly error: PlayerError }
  | { readonly status: 'destroyed' };

export type VoiceSessionStatus = VoiceSessionState['status'];

/** The only legal moves. */
export const VOICE_SESSION_TRANSITIONS = {
  disconnected: ['joining', 'destroyed'],
  joining: ['joining', 'securing', 'recovering', 'failed', 'disconnected', 'destroyed'],
  securing: ['ready', 'joining', 'recovering', 'failed', 'disconnected', 'destroyed'],
  ready: ['securing', 'joining', 'recovering', 'failed', 'disconnected', 'destroyed'],
  recovering: ['recovering', 'securing', 'joining', 'failed', 'disconnected', 'destroyed'],
  failed: ['joining', 'disconnected', 'destroyed'],
  destroyed: [],
} as const satisfies Record<VoiceSessionStatus, readonly VoiceSessionStatus[]>;

export function canMove(from: VoiceSessionStatus, to: VoiceSessionStatus): boolean {
  const allowed: readonly VoiceSessionStatus[] = VOICE_SESSION_TRANSITIONS[from];
  return allowed.includes(to);
}

/** What a state owns: closed as soon as a state does not carry it on. */
export function ownedBy(state: VoiceSessionState): readonly Closeable[] {
  switch (state.status) {
    case 'joining':
    case 'recovering':
      return [state.request, state.connection].filter((owned) => owned !== undefined);
    case 'securing':
    case 'ready':
      return [state.connection];
    case 'disconnected':
    case 'failed':
    case 'destroyed':
      return [];
  }
}
