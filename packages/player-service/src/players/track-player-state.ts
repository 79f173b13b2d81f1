import type { Playback } from './ports.ts';
import type { QueueEntry } from './queue-entry.ts';

/** Everything a track player can be doing. A state carries exactly what is valid in it. */
export type TrackPlayerState =
  | { readonly status: 'idle' }
  | {
      readonly status: 'loading';
      readonly entry: QueueEntry;
      readonly startAtMs: number;
      /** Whether it starts paused. */
      readonly paused: boolean;
      /** Whether listeners heard of this entry already (a seek, or a source that was cut). */
      readonly announced: boolean;
      readonly load: { close(): void };
    }
  | {
      readonly status: 'playing';
      readonly entry: QueueEntry;
      readonly announced: boolean;
      readonly playback: Playback;
    }
  | {
      readonly status: 'paused';
      readonly entry: QueueEntry;
      readonly announced: boolean;
      readonly playback: Playback;
    }
  | { readonly status: 'destroyed' };

export type TrackPlayerStatus = TrackPlayerState['status'];

/** The only legal moves. A test checks `docs/lifecycles.md` against this table. */
export const TRACK_PLAYER_TRANSITIONS = {
  idle: ['loading', 'destroyed'],
  loading: ['loading', 'playing', 'paused', 'idle', 'destroyed'],
  playing: ['playing', 'paused', 'loading', 'idle', 'destroyed'],
  paused: ['paused', 'playing', 'loading', 'idle', 'destroyed'],
  destroyed: [],
} as const satisfies Record<TrackPlayerStatus, readonly TrackPlayerStatus[]>;

export function canMove(from: TrackPlayerStatus, to: TrackPlayerStatus): boolean {
  const allowed: readonly TrackPlayerStatus[] = TRACK_PLAYER_TRANSITIONS[from];
  return allowed.includes(to);
}

/** What a state owns: it is closed as soon as a state does not carry it on. */
export function ownedBy(state: TrackPlayerState): { close(): void } | undefined {
  switch (state.status) {
    case 'loading':
      return state.load;
    case 'playing':
    case 'paused':
      return state.playback;
    case 'idle':
    case 'destroyed':
      return undefined;
  }
}
