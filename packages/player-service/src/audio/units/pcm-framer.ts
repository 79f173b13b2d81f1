import { CHANNELS, PCM_FRAME_BYTES } from '../frame.ts';
import type { Unit, UnitEdges } from './unit.ts';

const BYTES_PER_SAMPLE = 2 * CHANNELS;

/** Cuts a stream of PCM bytes, however they are chunked, into frames of 20 ms. */
export class PcmFramer {
  #frame: Buffer = Buffer.alloc(PCM_FRAME_BYTES);
  #filledBytes = 0;
  /** Half a sample of mono that waits for its other half. */
  #oddByte: number | undefined;

  push(bytes: Uint8Array, units: Unit[]): void {
    for (let at = 0; at < bytes.length; ) {
      const part = bytes.subarray(at, at + PCM_FRAME_BYTES - this.#filledBytes);
      this.#frame.set(part, this.#filledBytes);
      this.#filledBytes += part.length;
      at += part.length;
      if (this.#filledBytes === PCM_FRAME_BYTES) this.#finish(units);
    }
  }

  /** The same for one channel, which becomes both. */
  pushMono(bytes: Uint8Array, units: Unit[]): void {
    const whole = this.#oddByte === undefined ? bytes : Buffer.concat([Uint8Array.of(this.#oddByte), bytes]);
    const stereo = new Uint8Array((whole.length >> 1) * 4);
    for (let i = 0; i < whole.length >> 1; i++) {
      const low = whole[2 * i] ?? 0;
      const high = whole[2 * i + 1] ?? 0;
      stereo[4 * i] = low;
      stereo[4 * i + 1] = high;
      stereo[4 * i + 2] = low;
      stereo[4 * i + 3] = high;
    }
    this.#oddByte = whole.length % 2 === 1 ? whole.at(-1) : undefined;
    this.push(stereo, units);
  }

  /** The rest of the track, padded with silence to a whole frame. */
  flush(units: Unit[]): void {
    if (this.#filledBytes > 0)
      this.#finish(units, { endsAt: Math.floor(this.#filledBytes / BYTES_PER_SAMPLE) });
  }

  #finish(units: Unit[], edges: UnitEdges = {}): void {
    units.push({ kind: 'pcm', pcm: this.#frame, ...edges });
    this.#frame = Buffer.alloc(PCM_FRAME_BYTES);
    this.#filledBytes = 0;
  }
}
