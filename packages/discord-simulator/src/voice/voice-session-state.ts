import type { GatewayConnection } from './gateway-connection.ts';
import type { TransportMode } from './transport-cipher.ts';

/** What Session Description settled; survives the loss of the socket. */
export interface SessionTerms {
  readonly mode: TransportMode;
  /** 0 without end-to-end encryption. */
  readonly daveVersion: number;
}

/** The life of what one VOICE_SERVER_UPDATE announced. */
export type VoiceSessionState =
  | { readonly status: 'allocated' }
  | { readonly status: 'identified'; readonly connection: GatewayConnection; readonly maxDaveVersion: number }
  | { readonly status: 'ready'; readonly connection: GatewayConnection; readonly terms: SessionTerms }
  | { readonly status: 'detached'; readonly terms: SessionTerms; readonly expiry: NodeJS.Timeout }
  | { readonly status: 'ended' };

export type VoiceSessionStatus = VoiceSessionState['status'];

/** The only legal moves. */
export const VOICE_SESSION_TRANSITIONS = {
  allocated: ['identified', 'ended'],
  identified: ['allocated', 'ready', 'ended'],
  ready: ['detached', 'ended'],
  detached: ['ready', 'allocated', 'ended'],
  ended: [],
} as const satisfies Record<VoiceSessionStatus, readonly VoiceSessionStatus[]>;

export function canMove(from: VoiceSessionStatus, to: VoiceSessionStatus): boolean {
  const allowed: readonly VoiceSessionStatus[] = VOICE_SESSION_TRANSITIONS[from];
  return allowed.includes(to);
}
