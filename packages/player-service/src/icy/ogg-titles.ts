import { decoded } from './stream-title.ts';

const EMPTY: Buffer = Buffer.alloc(0);
const CAPTURE = 0x4f676753; // "OggS"
const PAGE_HEADER_BYTES = 27;
const FLAG = { continued: 0x01, first: 0x02 } as const;
/** Comments with a picture are far larger; their title is not worth the memory. */
const MAX_COMMENT_BYTES = 64 * 1024;
const MAX_COMMENTS = 200;
/** Between the magic word and the vendor's name nothing stands in either codec. */
const COMMENT_HEADERS = [Buffer.from('OpusTags', 'latin1'), Buffer.from('\x03vorbis', 'latin1')];

/**
 * Reads the titles of an Ogg station off its bytes as they pass. Such a station has no metadata between them: it chains a
 * new logical stream to the last with each title, and the title stands in that stream's comment header (RFC 7845 §5.2,
 * Vorbis I §5).
 */
export class OggTitles {
  readonly #onTitle: (title: string) => void;
  /** Of a page whose header is not whole yet. */
  #held = EMPTY;
  /** Of a page that is of no interest. */
  #skipBytes = 0;
  /** The comment header as far as it came; `undefined` = none is expected. */
  #comment: Buffer[] | undefined;

  constructor(onTitle: (title: string) => void) {
    this.#onTitle = onTitle;
  }

  /** Never throws: what cannot be read has no title. */
  push(chunk: Buffer): void {
    let bytes = chunk;
    if (this.#skipBytes > 0) {
      const skipped = Math.min(this.#skipBytes, bytes.length);
      this.#skipBytes -= skipped;
      bytes = bytes.subarray(skipped);
    }
    if (bytes.length === 0) return;
    bytes = this.#held.length === 0 ? bytes : Buffer.concat([this.#held, bytes]);
    this.#held = EMPTY;
    while (bytes.length > 0) {
      const done = this.#page(bytes);
      if (done === undefined) {
        this.#held = bytes;
        return;
      }
      this.#skipBytes = Math.max(0, done - bytes.length);
      bytes = bytes.subarray(done);
    }
  }

  /** @returns Where the next page begins, perhaps beyond these bytes; `undefined` = there must be more of this one. */
  #page(bytes: Buffer): number | undefined {
    if (bytes.length < PAGE_HEADER_BYTES) return undefined;
    if (bytes.readUInt32BE(0) !== CAPTURE) return this.#resync(bytes);
    const flags = bytes[5] ?? 0;
    const bodyAt = PAGE_HEADER_BYTES + (bytes[26] ?? 0);
    if (bytes.length < bodyAt) return undefined;
    const table = bytes.subarray(PAGE_HEADER_BYTES, bodyAt);
    const endsAt = table.reduce((end, size) => end + size, bodyAt);
    if ((flags & FLAG.first) !== 0) {
      this.#comment = []; // what follows the identification is the comment header
      return endsAt;
    }
    if (this.#comment === undefined) return endsAt;
    if (bytes.length < endsAt) return undefined;
    this.#collect(table, bytes.subarray(bodyAt, endsAt), (flags & FLAG.continued) !== 0);
    return endsAt;
  }

  /** The first packet that ends in the page ends the comment header. */
  #collect(table: Buffer, body: Buffer, isContinued: boolean): void {
    const comment = this.#comment ?? [];
    if (isContinued !== comment.length > 0) {
      this.#comment = undefined;
      return;
    }
    const last = table.findIndex((size) => size < 255);
    const packetBytes = table
      .subarray(0, last === -1 ? undefined : last + 1)
      .reduce((sum, size) => sum + size, 0);
    comment.push(Buffer.from(body.subarray(0, packetBytes)));
    const heldBytes = comment.reduce((sum, part) => sum + part.length, 0);
    if (last === -1 && heldBytes <= MAX_COMMENT_BYTES) return;
    this.#comment = undefined;
    const title = titleIn(Buffer.concat(comment));
    if (title !== undefined) this.#onTitle(title);
  }

  #resync(bytes: Buffer): number {
    this.#comment = undefined;
    const at = bytes.indexOf('OggS', 1, 'latin1');
    return at === -1 ? bytes.length - 3 : at; // the next capture may be cut in two
  }
}

/** @returns `Artist - Title` as ICY stations write it; `''` when the comments name neither, `undefined` when they are none. */
function titleIn(packet: Buffer): string | undefined {
  const magic = COMMENT_HEADERS.find((header) => packet.subarray(0, header.length).equals(header));
  if (magic === undefined) return undefined;
  const found = new Map<string, string>();
  let at = magic.length;
  const field = () => {
    const begin = at + 4;
    if (begin > packet.length) return undefined;
    at = begin + packet.readUInt32LE(at);
    return at > packet.length ? undefined : packet.subarray(begin, at);
  };
  if (field() === undefined || at + 4 > packet.length) return undefined; // the vendor
  const count = Math.min(packet.readUInt32LE(at), MAX_COMMENTS);
  at += 4;
  for (let i = 0; i < count; i++) {
    const comment = field();
    if (comment === undefined) break;
    const [, name, value] = /^(artist|title)=(.*)$/is.exec(decoded(comment)) ?? [];
    if (name !== undefined && value !== undefined && value !== '') found.set(name.toLowerCase(), value);
  }
  return [found.get('artist'), found.get('title')].filter((part) => part !== undefined).join(' - ');
}
