import { EventEmitter } from 'node:events';
import { type GuildSound, NEUTRAL_SOUND } from './guild-sound.ts';
import type { Playback } from './ports.ts';
import type { QueueEntry } from './queue-entry.ts';
import type { TrackOpener } from './track-opener.ts';
import type { TrackSounds } from './track-sounds.ts';

export interface PrefetchEvents {
  /** What is ready to follow is another, or nothing any more; then it is closed right afterwards. */
  change: [];
}

/** What follows, open. */
export interface ReadyEntry {
  readonly entry: QueueEntry;
  readonly playback: Playback;
}

interface Prefetched {
  readonly entry: QueueEntry;
  readonly abort: AbortController;
  readonly playback: Promise<Playback | undefined>;
  opened: Playback | undefined;
}

/**
 * Keeps the entry that follows ready, so that it starts without a pause: first only its address,
 * then, shortly before it is due, its first frames.
 */
export class Prefetch extends EventEmitter<PrefetchEvents> {
  readonly #opener: TrackOpener;
  readonly #sounds: TrackSounds;
  #warm: { readonly entryId: string; readonly abort: AbortController } | undefined;
  #next: Prefetched | undefined;
  #sound = NEUTRAL_SOUND;

  constructor(opener: TrackOpener, sounds: TrackSounds) {
    super();
    this.#opener = opener;
    this.#sounds = sounds;
  }

  /** What follows if it can be heard this moment. It stays here. */
  get ready(): ReadyEntry | undefined {
    const next = this.#next;
    if (next?.opened === undefined || next.opened.status === 'failed') return undefined;
    return { entry: next.entry, playback: next.opened };
  }

  /** Finds the address of what follows, if that was not done yet. */
  warm(entry: QueueEntry): void {
    if (this.#warm?.entryId === entry.entryId || this.#next?.entry.entryId === entry.entryId) return;
    this.#warm?.abort.abort();
    this.#warm = { entryId: entry.entryId, abort: new AbortController() };
    this.#sounds.prepare(entry);
    void this.#opener.warm(entry.track, this.#warm.abort.signal).then(() => this.#sounds.measure(entry));
  }

  /** Opens what follows from its beginning, if that was not done yet. A failure is forgotten: `take` then opens anew. */
  open(entry: QueueEntry, guildSound: GuildSound): void {
    if (this.#next?.entry.entryId === entry.entryId) return;
    this.#drop();
    this.#sound = guildSound;
    this.#sounds.prepare(entry);
    const abort = new AbortController();
    const sound = this.#sounds.soundOf(guildSound, entry);
    const opening = this.#opener.open(entry.track, { startAtMs: 0, sound, signal: abort.signal });
    const next: Prefetched = { entry, abort, opened: undefined, playback: opening.catch(() => undefined) };
    this.#next = next;
    void next.playback.then((playback) => {
      if (playback !== undefined && abort.signal.aborted) {
        playback.close();
        return;
      }
      next.opened = playback;
      playback?.setSound(this.#sounds.soundOf(this.#sound, entry)); // it may be another by now
      if (this.#next === next) this.emit('change');
      this.#sounds.measure(entry);
    });
  }

  /** Hands over the playback of this entry, if it was being prepared. The caller owns it, and aborts the wait by `signal`. */
  async take(entry: QueueEntry, signal: AbortSignal): Promise<Playback | undefined> {
    const next = this.#next;
    if (next?.entry.entryId !== entry.entryId) return undefined;
    this.#next = undefined;
    const cancel = () => next.abort.abort(signal.reason);
    signal.addEventListener('abort', cancel, { once: true });
    try {
      const playback = await next.playback;
      if (playback === undefined || playback.status !== 'failed') return playback;
      playback.close(); // it waited too long: its server gave up
      return undefined;
    } finally {
      signal.removeEventListener('abort', cancel);
    }
  }

  /** Hands over what follows if it can be heard this moment. The caller owns it. */
  takeReady(): ReadyEntry | undefined {
    const { ready } = this;
    if (ready !== undefined) this.#next = undefined;
    return ready;
  }

  /** What was heard together with the end of a track that goes on elsewhere has to begin anew. */
  dropHeard(): void {
    const positionMs = this.#next?.opened?.positionMs ?? 0;
    if (positionMs > 0) this.#drop();
  }

  /** Forgets what was prepared unless it is still what follows. */
  keepOnly(entry: QueueEntry | undefined): void {
    if (this.#next !== undefined && this.#next.entry.entryId !== entry?.entryId) this.#drop();
  }

  setSound(sound: GuildSound): void {
    this.#sound = sound;
    if (this.#next !== undefined) this.#next.opened?.setSound(this.#sounds.soundOf(sound, this.#next.entry));
  }

  close(): void {
    this.#warm?.abort.abort();
    this.#warm = undefined;
    this.#drop();
  }

  #drop(): void {
    const dropped = this.#next;
    this.#next = undefined;
    if (dropped === undefined) return;
    dropped.abort.abort();
    if (dropped.opened === undefined) return;
    this.emit('change');
    dropped.opened.close();
  }
}
