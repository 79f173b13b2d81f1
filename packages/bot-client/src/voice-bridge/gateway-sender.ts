import type { EventData } from '@bandstand/protocol';
import type { Logger } from '@bandstand/service-kit';
import { TokenBucket } from './token-bucket.ts';

export type GatewayPayload = EventData<'VOICE_GATEWAY_SEND'>['payload'];

/**
 * Discord closes a shard with 4008 beyond 120 sends in 60 s; heartbeats and everything else need room too.
 * At worst a full bucket and its refill fall into one minute.
 */
const BUCKET = { capacity: 30, refillMs: 30_000 } as const;

export interface GatewaySenderOptions {
  /** Sends on the guild's shard; `false` when there is none that is connected. */
  readonly send: (payload: GatewayPayload) => boolean;
  readonly shardOf: (guildId: string) => number | undefined;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  readonly log: Logger;
}

interface Shard {
  readonly bucket: TokenBucket;
  /** The newest wish of each guild; an older one is worth nothing any more. In the order of asking. */
  readonly waiting: Map<string, GatewayPayload>;
  timer: NodeJS.Timeout | undefined;
}

/** Sends what the player wants Discord's gateway to hear (op 4), well below the gateway's limit. */
export class GatewaySender {
  readonly #options: GatewaySenderOptions;
  readonly #shards = new Map<number, Shard>();

  constructor(options: GatewaySenderOptions) {
    this.#options = options;
  }

  send(payload: GatewayPayload): void {
    const guildId = payload.d.guild_id;
    const shardId = this.#options.shardOf(guildId);
    if (shardId === undefined) {
      this.#options.log.warn({ guildId }, 'the player asks for a guild that is not ours');
      return;
    }
    const shard = this.#shard(shardId);
    shard.waiting.delete(guildId);
    shard.waiting.set(guildId, payload);
    this.#drain(shard);
  }

  close(): void {
    for (const shard of this.#shards.values()) clearTimeout(shard.timer);
    this.#shards.clear();
  }

  #shard(id: number): Shard {
    const known = this.#shards.get(id);
    if (known !== undefined) return known;
    const bucket = new TokenBucket({ ...BUCKET, now: this.#options.now });
    const shard: Shard = { bucket, waiting: new Map(), timer: undefined };
    this.#shards.set(id, shard);
    return shard;
  }

  #drain(shard: Shard): void {
    if (shard.timer !== undefined) return;
    for (const [guildId, payload] of shard.waiting) {
      const waitMs = shard.bucket.take();
      if (waitMs > 0) {
        shard.timer = setTimeout(() => {
          shard.timer = undefined;
          this.#drain(shard);
        }, waitMs);
        return;
      }
      shard.waiting.delete(guildId);
      // The player's own deadline on the join asks again; a stale wish after a reconnect would do harm.
      if (!this.#options.send(payload))
        this.#options.log.warn({ guildId }, 'the shard is not connected; the wish was dropped');
    }
  }
}
