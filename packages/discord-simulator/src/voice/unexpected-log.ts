/** What a well-behaved client never does. */
export type UnexpectedKind =
  | 'unknown-opcode'
  | 'malformed-message'
  | 'unexpected-message'
  | 'refused-identify'
  | 'missed-heartbeats'
  | 'datagram-unrecognised'
  | 'rtp-unknown-ssrc'
  | 'rtp-before-speaking'
  | 'rtp-payload-type'
  | 'rtp-undecryptable'
  | 'rtp-nonce-reused'
  | 'plaintext-while-dave'
  | 'dave-undecryptable'
  | 'dave-bad-key-package'
  | 'dave-bad-commit'
  | 'dave-unexpected-message'
  | 'listener-failed';

export interface UnexpectedEvent {
  readonly kind: UnexpectedKind;
  readonly guildId?: string;
  readonly userId?: string;
  readonly detail: string;
  /** `performance.now()` of the first time. */
  readonly firstAtMs: number;
  /** How often the same thing happened. */
  count: number;
}

const MAX_EVENTS = 1_000;

/** Everything that ought not to have happened, the same thing counted rather than repeated. Holds no token, no key. */
export class UnexpectedLog {
  readonly #events = new Map<string, UnexpectedEvent>();
  #dropped = 0;

  /** In the order in which each was first seen. */
  get events(): readonly UnexpectedEvent[] {
    return [...this.#events.values()];
  }

  /** Kinds of trouble that found no room; 0 unless something is very wrong. */
  get dropped(): number {
    return this.#dropped;
  }

  add(kind: UnexpectedKind, detail: string, who: { guildId?: string; userId?: string } = {}): void {
    const key = `${kind}|${who.guildId ?? ''}|${who.userId ?? ''}|${detail}`;
    const known = this.#events.get(key);
    if (known !== undefined) {
      known.count++;
      return;
    }
    if (this.#events.size >= MAX_EVENTS) {
      this.#dropped++;
      return;
    }
    this.#events.set(key, {
      kind,
      ...(who.guildId === undefined ? {} : { guildId: who.guildId }),
      ...(who.userId === undefined ? {} : { userId: who.userId }),
      detail,
      firstAtMs: performance.now(),
      count: 1,
    });
  }

  clear(): void {
    this.#events.clear();
    this.#dropped = 0;
  }
}
