const EMPTY: Buffer = Buffer.alloc(0);
/** The length of a block is counted in sixteens, by one byte. */
const UNIT_BYTES = 16;
/** What a server may say of its interval; nonsense is as good as nothing. */
const MAX_INTERVAL_BYTES = 1024 * 1024;
/** By which a block is found again. */
const TITLE_START = Buffer.from("StreamTitle='", 'latin1');
const LONGEST_NAME = 16;
/** So often in a row the count was wrong: it is wrong always. */
const MAX_LOSSES = 2;

/**
 * Takes the metadata of a SHOUTcast or Icecast stream out of its bytes: after each `interval` bytes of sound stand one
 * byte with a length and so many times sixteen bytes of text.
 *
 * A server may state a wrong interval, or lose count. A block that is no text is sound, and is handed on as such; from
 * then on the next block is found by what it says. No sound is lost, and a decoder meets metadata at most where the count
 * was lost.
 */
export class IcyMetadata {
  readonly #intervalBytes: number;
  readonly #onBlock: (block: Buffer) => void;
  /** Until the next block; `undefined` = the count is lost. */
  #soundLeft: number | undefined;
  /** How often the count was lost since a title came where it had to. */
  #losses = 0;
  /** What may be a block, and waits for its rest. */
  #held = EMPTY;

  /** @param onBlock - Takes each block that is not empty, padding included: a view for the length of the call. */
  constructor(intervalBytes: number, onBlock: (block: Buffer) => void) {
    this.#intervalBytes = intervalBytes;
    this.#onBlock = onBlock;
    this.#soundLeft = intervalBytes;
  }

  /** @returns The sound in the chunk, in order. */
  push(chunk: Buffer): readonly Buffer[] {
    const sound: Buffer[] = [];
    let rest = this.#held.length === 0 ? chunk : Buffer.concat([this.#held, chunk]);
    while (rest.length > 0) {
      const { soundBytes, doneBytes } = this.#next(rest);
      if (soundBytes > 0) sound.push(rest.subarray(0, soundBytes));
      if (doneBytes === 0) break;
      rest = rest.subarray(doneBytes);
    }
    this.#held = rest;
    return sound;
  }

  /** How many of the bytes are sound, and how many are done with; 0 = there must be more of them. */
  #next(bytes: Buffer): { readonly soundBytes: number; readonly doneBytes: number } {
    if (this.#soundLeft === undefined) return this.#search(bytes);
    if (this.#soundLeft > 0) {
      const soundBytes = Math.min(this.#soundLeft, bytes.length);
      this.#soundLeft -= soundBytes;
      return { soundBytes, doneBytes: soundBytes };
    }
    const doneBytes = 1 + (bytes[0] ?? 0) * UNIT_BYTES;
    if (bytes.length < doneBytes) return { soundBytes: 0, doneBytes: 0 };
    const block = bytes.subarray(1, doneBytes);
    if (block.length > 0 && !isText(block)) {
      this.#losses++;
      this.#soundLeft = undefined;
      return this.#search(bytes);
    }
    if (block.length > 0) this.#take(block);
    this.#soundLeft = this.#intervalBytes;
    return { soundBytes: 0, doneBytes };
  }

  #take(block: Buffer): void {
    this.#losses = 0;
    this.#onBlock(block);
  }

  /** All is sound up to the next block that says what it is. The byte before its text is its length. */
  #search(bytes: Buffer): { readonly soundBytes: number; readonly doneBytes: number } {
    const at = bytes.indexOf(TITLE_START, 1);
    if (at === -1) {
      const soundBytes = Math.max(0, bytes.length - TITLE_START.length); // the rest may be the first half of it
      return { soundBytes, doneBytes: soundBytes };
    }
    const begin = at - 1;
    const endsAt = at + (bytes[begin] ?? 0) * UNIT_BYTES;
    if (endsAt === at) return { soundBytes: at, doneBytes: at }; // a length of nothing is none
    if (begin > 0) return { soundBytes: begin, doneBytes: begin };
    if (bytes.length < endsAt) return { soundBytes: 0, doneBytes: 0 };
    this.#onBlock(bytes.subarray(at, endsAt));
    if (this.#losses < MAX_LOSSES) this.#soundLeft = this.#intervalBytes;
    return { soundBytes: 0, doneBytes: endsAt };
  }
}

/** @returns The interval that a header states, in bytes; `undefined` when it states none that makes sense. */
export function icyInterval(header: string | undefined): number | undefined {
  if (header === undefined || !/^\s*\d{1,9}\s*$/.test(header)) return undefined;
  const bytes = Number(header);
  return bytes > 0 && bytes <= MAX_INTERVAL_BYTES ? bytes : undefined;
}

/** One of the names that servers begin with; any word would do, but a count that is off may point into the middle of one. */
function isText(block: Buffer): boolean {
  return /^(?:StreamTitle|StreamUrl|adw_ad)='/i.test(block.toString('latin1', 0, LONGEST_NAME));
}
