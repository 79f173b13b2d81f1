import { EventEmitter } from 'node:events';
import type { EntryId, GuildId, GuildSnapshot } from '@bandstand/protocol';
import type { GuildEvent } from '@bandstand/transport';
import type { ClockOffset } from './clock-offset.ts';
import { reduceSnapshot } from './mirror-reducer.ts';

export interface GuildMirrorEvents {
  /** The snapshot is another one now; `event` made it so, `null` = it was replaced as a whole. */
  change: [event: GuildEvent | null];
  /** Each event once, at once, also while a snapshot is on its way. */
  event: [event: GuildEvent];
}

/** What the bot knows of one guild's player: the last snapshot with every event since applied to it. */
export class GuildMirror extends EventEmitter<GuildMirrorEvents> {
  readonly guildId: GuildId;
  readonly #offset: ClockOffset;
  #snapshot: GuildSnapshot | null = null;
  /** Commands that wait for a join and tell its failure themselves. */
  joinsAwaited = 0;

  constructor(guildId: GuildId, offset: ClockOffset) {
    super();
    // Every waiting command listens for a moment; how many there are is bounded by the rate limit.
    this.setMaxListeners(0);
    this.guildId = guildId;
    this.#offset = offset;
  }

  /** `null` until the player told its state for the first time. */
  get snapshot(): GuildSnapshot | null {
    return this.#snapshot;
  }

  get currentEntryId(): EntryId | null {
    return this.#snapshot?.current_song?.entry_id ?? null;
  }

  /** Milliseconds inside the current track, by the bot's clock. */
  positionMs(nowMs: number): number {
    const snapshot = this.#snapshot;
    return snapshot === null ? 0 : positionOf(snapshot, nowMs - this.#offset.ms);
  }

  replace(snapshot: GuildSnapshot): void {
    this.#snapshot = snapshot;
    this.emit('change', null);
  }

  apply(event: GuildEvent): void {
    if (this.#snapshot !== null) this.#snapshot = reduceSnapshot(this.#snapshot, event);
    else if (event.action === 'STATE_UPDATE') this.#snapshot = event.data;
    this.emit('change', event);
  }
}

/** @param playerNowMs - Epoch milliseconds of the player's clock. */
export function positionOf(
  snapshot: Pick<GuildSnapshot, 'position' | 'current_song'>,
  playerNowMs: number,
): number {
  const { position, current_song: song } = snapshot;
  const ms = position.moving
    ? position.position_ms + Math.max(0, playerNowMs - position.at) * position.speed
    : position.position_ms;
  return song?.duration == null || song.is_live ? ms : Math.min(ms, song.duration * 1_000);
}
