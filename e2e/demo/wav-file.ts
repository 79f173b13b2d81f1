import { closeSync, openSync, writeSync } from 'node:fs';

export interface WavFormat {
  readonly sampleRateHz: number;
  readonly channels: number;
}

const BYTES_PER_SAMPLE = 2;
const HEADER_BYTES = 44;

/** A RIFF/WAVE file of signed 16-bit samples that is valid after every piece, so that it plays however the writing ends. */
export class WavFile {
  readonly #file: number;
  readonly #format: WavFormat;
  #bytes = 0;

  /** @throws when the file cannot be written. */
  constructor(path: string, format: WavFormat) {
    this.#file = openSync(path, 'w');
    this.#format = format;
    this.#writeHeader();
  }

  /** @param pcm - Interleaved little-endian samples. */
  append(pcm: Buffer): void {
    writeSync(this.#file, pcm, 0, pcm.length, HEADER_BYTES + this.#bytes);
    this.#bytes += pcm.length;
    this.#writeHeader();
  }

  appendSilence(durationMs: number): void {
    const { sampleRateHz, channels } = this.#format;
    this.append(Buffer.alloc(Math.round((durationMs * sampleRateHz) / 1_000) * channels * BYTES_PER_SAMPLE));
  }

  close(): void {
    closeSync(this.#file);
  }

  #writeHeader(): void {
    const { sampleRateHz, channels } = this.#format;
    const header = Buffer.alloc(HEADER_BYTES);
    header.write('RIFF', 0, 'latin1');
    header.writeUInt32LE(HEADER_BYTES - 8 + this.#bytes, 4);
    header.write('WAVEfmt ', 8, 'latin1');
    header.writeUInt32LE(16, 16); // bytes of the format that follows
    header.writeUInt16LE(1, 20); // PCM
    header.writeUInt16LE(channels, 22);
    header.writeUInt32LE(sampleRateHz, 24);
    header.writeUInt32LE(sampleRateHz * channels * BYTES_PER_SAMPLE, 28);
    header.writeUInt16LE(channels * BYTES_PER_SAMPLE, 32);
    header.writeUInt16LE(BYTES_PER_SAMPLE * 8, 34);
    header.write('data', 36, 'latin1');
    header.writeUInt32LE(this.#bytes, 40);
    writeSync(this.#file, header, 0, HEADER_BYTES, 0);
  }
}
