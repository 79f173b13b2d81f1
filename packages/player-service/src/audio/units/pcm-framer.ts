import { PCM_FRAME_BYTES } from '../frame.ts';
import type { Unit } from './unit.ts';

/** Cuts a stream of PCM bytes, however they are chunked, into frames of 20 ms. */
export class PcmFramer {
  #frame: Buffer = Buffer.alloc(PCM_FRAME_BYTES);
  #filledBytes = 0;

  push(bytes: Uint8Array, units: Unit[]): void {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + PCM_FRAME_BYTES - this.#filledBytes);
      this.#frame.set(part, this.#filledBytes);
      this.#filledBytes += part.length;
      at += part.length;
      if (this.#filledBytes === PCM_FRAME_BYTES) this.#finish(units);
    }
  }

  /** The rest of the track, padded with silence to a whole frame. */
  flush(units: Unit[]): void {
    if (this.#filledBytes > 0) this.#finish(units);
  }

  #finish(units: Unit[]): void {
    units.push({ kind: 'pcm', pcm: this.#frame });
    this.#frame = Buffer.alloc(PCM_FRAME_BYTES);
    this.#filledBytes = 0;
  }
}
