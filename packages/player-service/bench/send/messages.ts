import type { Arrivals } from './arrival-sink.ts';

/** `bare` encrypts and sends and does nothing else; `own` is what the player does; `stock` is the library's `AudioPlayer`. */
export const WAYS = ['bare', 'own', 'stock'] as const;
export type Way = (typeof WAYS)[number];

export interface Allocation {
  readonly type: 'allocation';
  readonly guildId: string;
  readonly token: string;
  readonly endpoint: string;
}

export type OtherSideRequest =
  | { readonly type: 'allocate'; readonly guildId: string; readonly dave: boolean }
  | { readonly type: 'count' }
  | { readonly type: 'arrivals' };

export type OtherSideReport =
  | { readonly type: 'started'; readonly caPem: string }
  | Allocation
  | { readonly type: 'arrivals'; readonly arrivals: Arrivals };

export type SenderRequest =
  | {
      readonly type: 'open';
      readonly way: Way;
      readonly caPem: string;
      readonly guildIds: readonly string[];
      readonly mediaPath: string | undefined;
    }
  | Allocation
  /** So many of the open streams play from now on. */
  | { readonly type: 'play'; readonly streams: number }
  | { readonly type: 'usage' };

export type SenderReport =
  | { readonly type: 'allocate'; readonly guildId: string }
  | { readonly type: 'opened' }
  | { readonly type: 'playing' }
  | { readonly type: 'usage'; readonly cpuUs: number; readonly rssBytes: number };
