import type { VoiceClock } from './voice-clock.ts';

/** Discord's op 4, Update Voice State. @see https://discord.com/developers/docs/events/gateway-events#update-voice-state */
export interface VoiceStateRequest {
  readonly op: 4;
  readonly d: {
    readonly guild_id: string;
    /** `null` = leave. */
    readonly channel_id: string | null;
    readonly self_mute: boolean;
    readonly self_deaf: boolean;
  };
}

export interface VoiceStateOutboxOptions {
  /** Hands the request to whoever holds the gateway connection; must not throw. */
  readonly send: (request: VoiceStateRequest) => void;
  /** Whether whoever holds the gateway connection of the guild listens now; always, unless told. */
  readonly isHeard?: (guildId: string) => boolean;
  readonly clock: VoiceClock;
  /** Requests that may go out at once after a quiet time. */
  readonly burst?: number;
  readonly perMinute?: number;
}

interface Waiting {
  readonly request: VoiceStateRequest;
  readonly onSent: (() => void) | undefined;
}

/**
 * The way out for op 4 of all guilds of this process.
 *
 * A gateway connection that sends more than 120 commands in 60 s is closed by Discord (4008), and with it the bot in all
 * its guilds. At most 80 in any minute leave here; the rest waits its turn, guild by guild: what a newer request of the
 * same guild makes pointless is dropped, so that the queue is never longer than two per guild.
 */
export class VoiceStateOutbox {
  readonly #send: (request: VoiceStateRequest) => void;
  readonly #isHeard: (guildId: string) => boolean;
  readonly #clock: VoiceClock;
  readonly #burst: number;
  readonly #msPerToken: number;
  #waiting: Waiting[] = [];
  #tokens: number;
  #filledAtMs: number;
  #cancelWake: (() => void) | undefined;
  #closed = false;

  constructor({ send, isHeard = () => true, clock, burst = 20, perMinute = 60 }: VoiceStateOutboxOptions) {
    this.#send = send;
    this.#isHeard = isHeard;
    this.#clock = clock;
    this.#burst = burst;
    this.#msPerToken = 60_000 / perMinute;
    this.#tokens = burst;
    this.#filledAtMs = clock.monotonicMs();
  }

  /** Requests that wait for the rate limit. */
  get size(): number {
    return this.#waiting.length;
  }

  /** Whether a request would reach Discord's gateway now, and its answer us. */
  isHeard(guildId: string): boolean {
    return this.#isHeard(guildId);
  }

  /** @returns A function that takes the request back as long as it waits. */
  post(request: VoiceStateRequest, onSent?: () => void): () => void {
    if (this.#closed) return () => {};
    const isLeave = request.d.channel_id === null;
    this.#waiting = this.#waiting.filter(
      ({ request: { d } }) => d.guild_id !== request.d.guild_id || (!isLeave && d.channel_id === null),
    );
    const waiting = { request, onSent };
    this.#waiting.push(waiting);
    this.#pump();
    return () => {
      this.#waiting = this.#waiting.filter((other) => other !== waiting);
    };
  }

  /** What still waits and exceeds the rate limit is dropped: Discord notices the closed sockets by itself. */
  close(): void {
    this.#closed = true;
    this.#waiting = [];
    this.#cancelWake?.();
    this.#cancelWake = undefined;
  }

  #pump(): void {
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    this.#refill();
    while (this.#tokens >= 1) {
      const next = this.#waiting.shift();
      if (next === undefined) return;
      this.#tokens -= 1;
      this.#send(next.request);
      next.onSent?.();
    }
    if (this.#waiting.length === 0 || this.#closed) return;
    const waitMs = (1 - this.#tokens) * this.#msPerToken;
    this.#cancelWake = this.#clock.schedule(Math.ceil(waitMs), () => this.#pump());
  }

  #refill(): void {
    const nowMs = this.#clock.monotonicMs();
    this.#tokens = Math.min(this.#burst, this.#tokens + (nowMs - this.#filledAtMs) / this.#msPerToken);
    this.#filledAtMs = nowMs;
  }
}
