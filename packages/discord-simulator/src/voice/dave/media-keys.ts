import { createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import type { DaveFrame } from './frame-layout.ts';
import { expandWithLabel } from './mls-crypto.ts';
import { u32 } from './tls-codec.ts';

const KEY_BYTES = 16;
const SECRET_BYTES = 32;
const IV_BYTES = 12;
const TAG_BYTES = 8;
/** The generation is the top byte of the nonce, so it wraps; a jump this far forward is no sender's. */
const GENERATIONS = 256;
const MAX_GENERATIONS_AHEAD = 32;

/**
 * One sender's media keys in one epoch: the hash ratchet of RFC 9420 section 9.1 over the exported base secret.
 *
 * @see https://github.com/discord/dave-protocol/blob/main/protocol.md#sender-key-derivation
 */
export class MediaKeys {
  readonly #keys = new Map<number, KeyObject>();
  readonly #iv = Buffer.alloc(IV_BYTES);
  #secret: Buffer;
  #next = 0;

  /** @param baseSecret - 16 bytes of the MLS exporter. */
  constructor(baseSecret: Buffer) {
    this.#secret = baseSecret;
  }

  /** @returns The frame in clear, or `undefined` when it is not of this sender and epoch. */
  open(frame: DaveFrame): Buffer | undefined {
    const key = this.#key(frame.nonce >>> 24);
    if (key === undefined) return undefined;
    this.#iv.writeUInt32LE(frame.nonce, IV_BYTES - 4);
    const decipher = createDecipheriv('aes-128-gcm', key, this.#iv, { authTagLength: TAG_BYTES });
    decipher.setAuthTag(frame.tag);
    const opus = decipher.update(frame.ciphertext);
    try {
      decipher.final();
    } catch {
      return undefined; // the tag did not verify: another epoch or another sender
    }
    return opus;
  }

  #key(generationByte: number): KeyObject | undefined {
    const newest = this.#next - 1;
    const known = this.#keys.get(generationByte);
    const ahead = (generationByte - newest + GENERATIONS) % GENERATIONS;
    if (known !== undefined && (ahead === 0 || ahead > MAX_GENERATIONS_AHEAD)) return known;
    if (ahead > MAX_GENERATIONS_AHEAD) return undefined;
    for (let i = 0; i < ahead; i++) this.#ratchet();
    return this.#keys.get(generationByte);
  }

  #ratchet(): void {
    const generation = u32(this.#next);
    this.#keys.set(
      this.#next % GENERATIONS,
      createSecretKey(expandWithLabel(this.#secret, 'key', generation, KEY_BYTES)),
    );
    this.#secret = expandWithLabel(this.#secret, 'secret', generation, SECRET_BYTES);
    this.#next++;
  }
}
