import { isDeepStrictEqual } from 'node:util';
import type { ChangeScope } from './change-scope.ts';
import type { GuildSound } from './guild-sound.ts';
import type { QueueEntry } from './queue-entry.ts';
import type { TrackPlayer } from './track-player.ts';

/** What is, or is going to be, on. */
interface Setting {
  readonly entry: QueueEntry | undefined;
  readonly positionMs: number;
  readonly paused: boolean;
  readonly sound: GuildSound;
}

/** The track player as a change sees it: what it asks for shows at once, and is done when the change is durable. */
export class TrackDeck {
  readonly #player: TrackPlayer;
  readonly #scope: ChangeScope;
  #wish: Setting | undefined;

  constructor(player: TrackPlayer, scope: ChangeScope) {
    this.#player = player;
    this.#scope = scope;
  }

  get positionMs(): number {
    return this.#setting.positionMs;
  }

  get paused(): boolean {
    return this.#setting.paused;
  }

  get sound(): GuildSound {
    return this.#setting.sound;
  }

  play(entry: QueueEntry, options: { readonly startAtMs: number; readonly paused: boolean }): void {
    const { startAtMs: positionMs, paused } = options;
    this.#set({ ...this.#setting, entry, positionMs, paused }, () => this.#player.play(entry, options));
  }

  /** Only while there is a track. */
  seek(positionMs: number): void {
    const setting = this.#setting;
    this.#set({ ...setting, positionMs }, () => {
      // It may have ended while the change was being stored.
      if (entryOf(this.#player) === setting.entry) this.#player.seek(positionMs);
    });
  }

  /** @returns Whether anything changed. */
  pause(): boolean {
    const setting = this.#setting;
    if (setting.entry === undefined || setting.paused) return false;
    this.#set({ ...setting, paused: true }, () => this.#player.pause());
    return true;
  }

  /** @returns Whether anything changed. */
  resume(): boolean {
    const setting = this.#setting;
    if (setting.entry === undefined || !setting.paused) return false;
    this.#set({ ...setting, paused: false }, () => this.#player.resume());
    return true;
  }

  /** @returns Whether anything changed. */
  setSound(changes: Partial<GuildSound>): boolean {
    const setting = this.#setting;
    const sound = { ...setting.sound, ...changes };
    if (isDeepStrictEqual(sound, setting.sound)) return false;
    this.#set({ ...setting, sound }, () => this.#player.setSound(sound));
    return true;
  }

  /** Ends the current track without a word; the caller knows why. */
  stop(): void {
    const setting = this.#setting;
    this.#set({ ...setting, entry: undefined, positionMs: 0, paused: false }, () => this.#player.stop());
  }

  get #setting(): Setting {
    if (this.#wish !== undefined) return this.#wish;
    const { state, positionMs, sound } = this.#player;
    const paused = state.status === 'loading' ? state.paused : state.status === 'paused';
    return { entry: entryOf(this.#player), positionMs, paused, sound };
  }

  #set(wish: Setting, effect: () => void): void {
    if (this.#scope.holds) this.#wish = wish;
    const granted = () => {
      this.#wish = undefined;
    };
    this.#scope.onUndo(granted);
    this.#scope.afterCommit(() => {
      granted();
      effect();
    });
  }
}

function entryOf({ state }: TrackPlayer): QueueEntry | undefined {
  return 'entry' in state ? state.entry : undefined;
}
