const MODULUS = 0x1_0000;
const HALF = 0x8000;

export type Frame = string | Buffer;

/**
 * Everything numbered that one session was sent, kept until the client says it has it.
 *
 * JSON and binary messages share one 16-bit counter that wraps. The depth of Discord's own buffer is not documented.
 *
 * @see https://docs.discord.com/developers/topics/voice-connections#buffered-resume
 */
export class NumberedOutbox {
  readonly #maxFrames: number;
  readonly #kept: { readonly sequence: number; readonly frame: Frame }[] = [];
  #next: number;
  #removed = 0;

  constructor(options: { readonly firstSequence: number; readonly maxFrames: number }) {
    this.#next = options.firstSequence % MODULUS;
    this.#maxFrames = options.maxFrames;
  }

  /** How many frames wait to be acknowledged. */
  get size(): number {
    return this.#kept.length;
  }

  addJson(op: number, d: unknown): string {
    return this.#keep((sequence) => JSON.stringify({ op, d, seq: sequence }));
  }

  addBinary(op: number, payload: Buffer): Buffer {
    return this.#keep((sequence) =>
      Buffer.concat([Buffer.from([sequence >> 8, sequence & 0xff, op]), payload]),
    );
  }

  /** Forgets what the client has. `-1` means that it saw nothing yet. */
  acknowledge(sequence: number): void {
    if (sequence < 0) return;
    while (this.#kept[0] !== undefined && !isAfter(this.#kept[0].sequence, sequence)) this.#removeOldest();
  }

  /** @returns What came after `sequence`, or `undefined` when that is no longer complete. */
  since(sequence: number): readonly Frame[] | undefined {
    const missed = this.#kept.filter((entry) => sequence < 0 || isAfter(entry.sequence, sequence));
    const expected = missed[0]?.sequence ?? this.#next;
    const complete = sequence < 0 ? this.#removed === 0 : expected === (sequence + 1) % MODULUS;
    return complete ? missed.map(({ frame }) => frame) : undefined;
  }

  #keep<T extends Frame>(encode: (sequence: number) => T): T {
    const frame = encode(this.#next);
    this.#kept.push({ sequence: this.#next, frame });
    this.#next = (this.#next + 1) % MODULUS;
    if (this.#kept.length > this.#maxFrames) this.#removeOldest();
    return frame;
  }

  #removeOldest(): void {
    this.#kept.shift();
    this.#removed++;
  }
}

/** Serial number arithmetic (RFC 1982) on 16 bits. */
function isAfter(left: number, right: number): boolean {
  const distance = (left - right + MODULUS) % MODULUS;
  return distance !== 0 && distance < HALF;
}
