import type { GuildId } from '@bandstand/protocol';

const MAX_GUILDS = 20_000;
/** Guilds named in one heartbeat: those that changed last, and as many of the others in turn. 1,000 names are about 30 kB. */
const RECENT = 500;
const IN_TURN = 500;

/**
 * The last sequence of each guild, for the heartbeats. A subscriber that lost the last event of a guild learns so from the next
 * heartbeat, and one that slept longer learns it when the guild's turn comes.
 */
export class SequenceLedger {
  /** In the order of the last change, the latest at the end. */
  readonly #lastOf = new Map<GuildId, number>();
  #turn = 0;

  record(guildId: GuildId, sequence: number): void {
    this.#lastOf.delete(guildId);
    this.#lastOf.set(guildId, sequence);
    if (this.#lastOf.size <= MAX_GUILDS) return;
    for (const oldest of this.#lastOf.keys()) {
      this.#lastOf.delete(oldest);
      return;
    }
  }

  /** Puts the guild into the next heartbeat: somebody joined who does not know where it stands. */
  touch(guildId: GuildId): void {
    const sequence = this.#lastOf.get(guildId);
    if (sequence !== undefined) this.record(guildId, sequence);
  }

  /** What the next heartbeat tells. */
  next(): Record<GuildId, number> {
    const entries = [...this.#lastOf];
    const recent = entries.slice(-RECENT);
    const others = entries.slice(0, -RECENT);
    const begin = others.length === 0 ? 0 : this.#turn % others.length;
    const inTurn = [...others.slice(begin), ...others.slice(0, begin)].slice(0, IN_TURN);
    this.#turn = begin + inTurn.length;
    return Object.fromEntries([...inTurn, ...recent]);
  }
}
