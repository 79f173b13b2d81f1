import { setTimeout as sleep } from 'node:timers/promises';
import {
  type ChannelId,
  type ErrorCode,
  type GuildSnapshot,
  isErrorCode,
  PlayerError,
} from '@bandstand/protocol';
import type { GuildEvent } from '@bandstand/transport';
import type { GuildMirror } from './guild-mirror.ts';

const POLL_MS = 2_000;

const VOICE_CODES: readonly ErrorCode[] = [
  'JOIN_TIMEOUT',
  'VOICE_DISCONNECTED',
  'VOICE_KICKED',
  'VOICE_RATE_LIMITED',
  'VOICE_REJECTED',
  'VOICE_E2EE_FAILED',
];

export function isVoiceFailure(event: GuildEvent): boolean {
  return event.action === 'PLAYER_ERROR' && VOICE_CODES.some((code) => code === event.data.error_type);
}

/** Follows a join from before it is asked for: the voice session becomes ready, or fails with a cause. */
export class JoinWatch implements Disposable {
  readonly #mirror: GuildMirror;
  #failure: PlayerError | null = null;
  #wake: AbortController | null = null;

  constructor(mirror: GuildMirror) {
    this.#mirror = mirror;
    mirror.joinsAwaited += 1;
    mirror.on('event', this.#onEvent);
    mirror.on('change', this.#onChange);
  }

  /** Why the join failed, if it did by now. */
  get failure(): PlayerError | null {
    return this.#failure;
  }

  /**
   * @param poll - Asks the player for its state: for the event that was lost.
   * @throws {@link PlayerError} when the join failed; the signal's reason when it aborts.
   */
  async untilReady(
    channelId: ChannelId,
    poll: () => Promise<GuildSnapshot>,
    signal: AbortSignal,
  ): Promise<void> {
    let snapshot = this.#mirror.snapshot;
    for (;;) {
      signal.throwIfAborted();
      if (this.#failure !== null) throw this.#failure;
      if (snapshot?.channel_id === channelId && snapshot.voice_status === 'ready') return;
      const wake = new AbortController();
      this.#wake = wake;
      const isAwake = await sleep(POLL_MS, false, { signal: AbortSignal.any([signal, wake.signal]) }).catch(
        () => true,
      );
      snapshot = isAwake ? this.#mirror.snapshot : await poll();
    }
  }

  [Symbol.dispose](): void {
    this.#mirror.off('event', this.#onEvent);
    this.#mirror.off('change', this.#onChange);
    this.#mirror.joinsAwaited -= 1;
    this.#wake?.abort();
  }

  readonly #onEvent = (event: GuildEvent): void => {
    if (event.action !== 'PLAYER_ERROR' || !isVoiceFailure(event)) return;
    const { error_type: code, error_message: message, details } = event.data;
    this.#failure = new PlayerError(isErrorCode(code) ? code : 'VOICE_DISCONNECTED', message, { details });
    this.#wake?.abort();
  };

  readonly #onChange = (): void => this.#wake?.abort();
}
