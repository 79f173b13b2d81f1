/**
 * The presentation language of MLS: big-endian integers, vectors with a variable-length length.
 *
 * @see https://www.rfc-editor.org/rfc/rfc9420#section-2.1.2
 */
export class TlsReader {
  readonly #bytes: Buffer;
  #offset = 0;

  constructor(bytes: Buffer) {
    this.#bytes = bytes;
  }

  get offset(): number {
    return this.#offset;
  }

  get isAtEnd(): boolean {
    return this.#offset === this.#bytes.length;
  }

  /** @throws {@link RangeError} when the bytes end too early, as all readers do. */
  bytes(length: number): Buffer {
    const end = this.#offset + length;
    if (end > this.#bytes.length)
      throw new RangeError(`MLS message ends at ${this.#bytes.length}, not ${end}`);
    const taken = this.#bytes.subarray(this.#offset, end);
    this.#offset = end;
    return taken;
  }

  u8(): number {
    return this.bytes(1).readUInt8();
  }

  u16(): number {
    return this.bytes(2).readUInt16BE();
  }

  u32(): number {
    return this.bytes(4).readUInt32BE();
  }

  u64(): bigint {
    return this.bytes(8).readBigUInt64BE();
  }

  /** A vector's content. */
  vector(): Buffer {
    return this.bytes(this.#length());
  }

  /** What is still to be read, without reading it. */
  rest(): Buffer {
    return this.#bytes.subarray(this.#offset);
  }

  /** What the bytes from `start` to here were. */
  since(start: number): Buffer {
    return this.#bytes.subarray(start, this.#offset);
  }

  // The two top bits say how many bytes hold the length; 0b11 is not allowed.
  #length(): number {
    const first = this.u8();
    const prefix = first >> 6;
    if (prefix === 3) throw new RangeError('MLS vector with an invalid length prefix');
    let length = first & 0x3f;
    for (let i = 1; i < 1 << prefix; i++) length = length * 256 + this.u8();
    return length;
  }
}

/** A vector of these parts. */
export function vector(...parts: readonly Buffer[]): Buffer {
  const content = Buffer.concat(parts);
  if (content.length < 0x40) return Buffer.concat([Buffer.from([content.length]), content]);
  const length = Buffer.alloc(content.length < 0x4000 ? 2 : 4);
  if (length.length === 2) length.writeUInt16BE(content.length | 0x4000);
  else length.writeUInt32BE((content.length | 0x8000_0000) >>> 0);
  return Buffer.concat([length, content]);
}

export function u16(value: number): Buffer {
  const bytes = Buffer.alloc(2);
  bytes.writeUInt16BE(value);
  return bytes;
}

export function u32(value: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(value);
  return bytes;
}

export function u64(value: bigint): Buffer {
  const bytes = Buffer.alloc(8);
  bytes.writeBigUInt64BE(value);
  return bytes;
}
