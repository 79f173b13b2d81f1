export interface Tone {
  readonly frequencyHz: number;
  /** Peak, 0 to 1 of full scale. */
  readonly amplitude: number;
}

export interface PcmFormat {
  readonly sampleRateHz: number;
  readonly channels: number;
}

/** The sum of some sines, the same in every channel, as interleaved signed 16-bit samples. */
export function synthesize(tones: readonly Tone[], durationMs: number, format: PcmFormat): Int16Array {
  const { sampleRateHz, channels } = format;
  const length = Math.round((durationMs * sampleRateHz) / 1_000);
  const samples = new Int16Array(length * channels);
  for (let i = 0; i < length; i++) {
    let value = 0;
    for (const { frequencyHz, amplitude } of tones) {
      value += amplitude * Math.sin((2 * Math.PI * frequencyHz * i) / sampleRateHz);
    }
    samples.fill(Math.round(Math.max(-1, Math.min(1, value)) * 32_767), i * channels, (i + 1) * channels);
  }
  return samples;
}

/** A RIFF/WAVE file around signed 16-bit samples. */
export function wavFile(samples: Int16Array, { sampleRateHz, channels }: PcmFormat): Buffer {
  const header = Buffer.alloc(44);
  header.write('RIFF', 0, 'latin1');
  header.writeUInt32LE(36 + samples.byteLength, 4);
  header.write('WAVEfmt ', 8, 'latin1');
  header.writeUInt32LE(16, 16);
  header.writeUInt16LE(1, 20); // PCM
  header.writeUInt16LE(channels, 22);
  header.writeUInt32LE(sampleRateHz, 24);
  header.writeUInt32LE(sampleRateHz * channels * 2, 28);
  header.writeUInt16LE(channels * 2, 32);
  header.writeUInt16LE(16, 34);
  header.write('data', 36, 'latin1');
  header.writeUInt32LE(samples.byteLength, 40);
  return Buffer.concat([header, Buffer.from(samples.buffer, samples.byteOffset, samples.byteLength)]);
}
