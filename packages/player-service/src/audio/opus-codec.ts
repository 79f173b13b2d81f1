import opus from '@discordjs/opus';
import { CHANNELS, PCM_FRAME_BYTES, SAMPLE_RATE_HZ } from './frame.ts';

export interface OpusEncoderSettings {
  /** Of the encoded stream, 500 to 512,000. */
  readonly bitrateBps: number;
  /** 0 (cheap) to 10 (best). */
  readonly complexity: number;
}

/** Control requests of libopus. @see https://opus-codec.org/docs/opus_api-1.5/group__opus__ctlvalues.html */
const CTL = {
  setComplexity: 4_010,
  setSignal: 4_024,
  resetState: 4_028,
  setPredictionDisabled: 4_042,
} as const;
const SIGNAL_MUSIC = 3_002;

/**
 * Samples by which a decoder gives out later what the encoder took in: the encoder's look-ahead of 6.5 ms in the
 * application "audio". Feeding the encoder that much ahead keeps re-encoded frames in step with the packets around them.
 */
export const ENCODER_DELAY_SAMPLES = 312;

/** Packets after which a decoder that joins a stream in the middle follows it: about 80 ms (RFC 7845 §4.6). */
export const DECODER_PRIMING_PACKETS = 4;

/** The one door to the native Opus encoder: 20 ms of 48 kHz stereo in, one packet out. */
export class FrameEncoder {
  readonly #native: opus.OpusEncoder;
  #bitrateBps: number | undefined;
  #complexity: number | undefined;

  constructor(settings: OpusEncoderSettings) {
    this.#native = new opus.OpusEncoder(SAMPLE_RATE_HZ, CHANNELS);
    this.#native.applyEncoderCTL(CTL.setSignal, SIGNAL_MUSIC);
    this.tune(settings);
  }

  /** Holds from the next frame on; cheap when nothing changed. */
  tune({ bitrateBps, complexity }: OpusEncoderSettings): void {
    if (bitrateBps !== this.#bitrateBps) this.#native.setBitrate(bitrateBps);
    if (complexity !== this.#complexity) this.#native.applyEncoderCTL(CTL.setComplexity, complexity);
    this.#bitrateBps = bitrateBps;
    this.#complexity = complexity;
  }

  /**
   * @param pcm - Interleaved signed 16-bit little-endian, exactly {@link PCM_FRAME_BYTES}.
   * @throws RangeError for any other length: the native encoder ends the whole process on a short frame.
   */
  encode(pcm: Buffer): Buffer {
    if (pcm.length !== PCM_FRAME_BYTES) throw new RangeError(`bug: a PCM frame of ${pcm.length} bytes`);
    return this.#native.encode(pcm);
  }

  /** Encodes a frame that leans on none before it, so that a decoder which heard another encoder until now follows. */
  encodeIndependently(pcm: Buffer): Buffer {
    this.#native.applyEncoderCTL(CTL.setPredictionDisabled, 1);
    try {
      return this.encode(pcm);
    } finally {
      this.#native.applyEncoderCTL(CTL.setPredictionDisabled, 0);
    }
  }

  /** Forgets all frames before, as if new. */
  reset(): void {
    this.#native.applyEncoderCTL(CTL.resetState, 0);
  }
}

/** The one door to the native Opus decoder: any packet in, 48 kHz stereo out. */
export class PacketDecoder {
  readonly #native = new opus.OpusEncoder(SAMPLE_RATE_HZ, CHANNELS);

  /** @returns Interleaved signed 16-bit samples, or `undefined` for a packet that is not Opus. */
  decode(packet: Buffer): Int16Array | undefined {
    if (packet.length === 0) return undefined;
    let pcm: Buffer;
    try {
      pcm = this.#native.decode(packet);
    } catch {
      return undefined; // libopus calls the packet corrupted; the decoder stays usable
    }
    return new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length / 2);
  }

  /** Forgets all packets before, as if new. */
  reset(): void {
    this.#native.applyDecoderCTL(CTL.resetState, 0);
  }
}
