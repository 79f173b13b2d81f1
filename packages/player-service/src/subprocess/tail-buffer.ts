/** Keeps the last bytes of an endless stream in bounded memory. Nothing is allocated until the first byte. */
export class TailBuffer {
  readonly #limitBytes: number;
  #ring: Buffer | undefined;
  /** Bytes ever written; modulo the limit, where the next one goes. */
  #written = 0;

  constructor(limitBytes: number) {
    this.#limitBytes = limitBytes;
  }

  push(chunk: Buffer): void {
    this.#ring ??= Buffer.alloc(this.#limitBytes);
    const kept = chunk.subarray(-this.#limitBytes);
    this.#written += chunk.length - kept.length;
    const at = this.#written % this.#limitBytes;
    const copied = kept.copy(this.#ring, at);
    kept.copy(this.#ring, 0, copied);
    this.#written += kept.length;
  }

  /** Invalid UTF-8, such as a character cut at the front, becomes U+FFFD. */
  toString(): string {
    if (this.#ring === undefined) return '';
    if (this.#written <= this.#limitBytes) return this.#ring.toString('utf8', 0, this.#written);
    const at = this.#written % this.#limitBytes;
    return Buffer.concat([this.#ring.subarray(at), this.#ring.subarray(0, at)]).toString('utf8');
  }
}
