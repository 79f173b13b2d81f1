/** The numbers all others follow from: Discord voice is 48 kHz stereo Opus in frames of 20 ms. */
export const SAMPLE_RATE_HZ = 48_000;
export const CHANNELS = 2;
export const FRAME_MS = 20;
export const FRAMES_PER_SECOND = 1_000 / FRAME_MS;
/** Samples per channel in one frame (RTP timestamps advance by this). */
export const FRAME_SAMPLES = (SAMPLE_RATE_HZ * FRAME_MS) / 1_000;
/** Samples of both channels in one frame, interleaved. */
export const INTERLEAVED_SAMPLES = FRAME_SAMPLES * CHANNELS;
/** One frame as interleaved signed 16-bit PCM. */
export const PCM_FRAME_BYTES = INTERLEAVED_SAMPLES * 2;

/** Opus silence. Discord asks for five of them before a pause in transmission. */
export const SILENCE_FRAME: Buffer = Buffer.from([0xf8, 0xff, 0xfe]);
export const SILENCE_FRAMES_BEFORE_PAUSE = 5;

/** What the 20 ms clock pulls from. It never blocks and never throws. */
export interface FrameSource {
  /** The next Opus frame, or `undefined` when none is ready (the clock counts it as missing, or asks `status` why). */
  next(): Buffer | undefined;
  /** `ended` only once the source reached its end *and* the last buffered frame was taken. */
  readonly status: 'buffering' | 'flowing' | 'ended' | 'failed';
}
