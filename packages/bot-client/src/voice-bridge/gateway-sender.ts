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
  /** Sends on the guild's shard; `false` when that is not connected, and the wish waits for {@link GatewaySender.wake}. */
  readonly send: (payload: GatewayPayload) => boolean;
  readonly shardOf: (guildId: string) => number | undefined;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  readonly log: Logger;
}

interface Wish {
  readonly payload: GatewayPayload;
  /** The player's name for it; `null` = the bot's own. */
  readonly id: string | null;
}

interface Shard {
  readonly bucket: TokenBucket;
  /** The newest wish of each guild; an older one is worth nothing any more. In the order of asking. */
  readonly waiting: Map<string, Wish>;
  timer: NodeJS.Timeout | undefined;
}

/**
 * Sends what Discord's gateway is to hear (op 4), well below the gateway's limit. What cannot be sent now waits, until it is
 * sent, replaced by a newer wish of its guild, or withdrawn.
 */
export class GatewaySender {
  readonly #options: GatewaySenderOptions;
  readonly #shards = new Map<number, Shard>();

  constructor(options: GatewaySenderOptions) {
    this.#options = options;
  }

  send(payload: GatewayPayload, id: string | null = null): void {
    const guildId = payload.d.guild_id;
    const shardId = this.#options.shardOf(guildId);
    if (shardId === undefined) {
      this.#options.log.warn({ guildId }, 'the player asks for a guild that is not ours');
      return;
    }
    const shard = this.#shard(shardId);
    shard.waiting.delete(guildId);
    shard.waiting.set(guildId, { payload, id });
    this.#drain(shard);
  }

  /** The player does not want it any more; what was sent already stays sent. @returns Whether it was waiting still. */
  withdraw(guildId: string, id: string): boolean {
    for (const { waiting } of this.#shards.values())
      if (waiting.get(guildId)?.id === id) return waiting.delete(guildId);
    return false;
  }

  /** The shard is connected (again). */
  wake(shardId: number): void {
    const shard = this.#shards.get(shardId);
    if (shard !== undefined) this.#drain(shard);
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
    for (const [guildId, { payload }] of shard.waiting) {
      const waitMs = shard.bucket.take();
      if (waitMs > 0) {
        shard.timer = setTimeout(() => {
          shard.timer = undefined;
          this.#drain(shard);
        }, waitMs);
        return;
      }
      if (!this.#options.send(payload)) {
        shard.bucket.giveBack();
        this.#options.log.debug({ guildId }, 'the shard is not connected; the wish waits for it');
        return;
      }
      shard.waiting.delete(guildId);
    }
  }
}
