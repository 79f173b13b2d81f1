import type { HeardFrame, VoiceListener } from '@bandstand/discord-simulator';
import opus from '@discordjs/opus';
import { WavFile } from './wav-file.ts';

const SAMPLE_RATE_HZ = 48_000;
const CHANNELS = 2;
const FRAME_MS = 20;
/** A pause in the recording is as long as the one that was heard, up to this. */
const MAX_PAUSE_MS = 2_000;

/** A listener with a recording device: what is heard goes into a WAV file, pauses included. */
export class Recorder implements Disposable {
  readonly #wav: WavFile;
  readonly #decoder = new opus.OpusEncoder(SAMPLE_RATE_HZ, CHANNELS);
  readonly #stopListening: () => void;
  #last: HeardFrame | undefined;
  #frames = 0;

  constructor(listener: VoiceListener, path: string) {
    this.#wav = new WavFile(path, { sampleRateHz: SAMPLE_RATE_HZ, channels: CHANNELS });
    this.#stopListening = listener.on('frame', (frame) => this.#record(frame));
  }

  /** Of sound, without pauses. */
  get heardMs(): number {
    return this.#frames * FRAME_MS;
  }

  [Symbol.dispose](): void {
    this.#stopListening();
    this.#wav.close();
  }

  #record(frame: HeardFrame): void {
    const pauseMs = this.#last === undefined ? 0 : pauseBetween(this.#last, frame);
    this.#last = frame;
    if (pauseMs > 0) this.#wav.appendSilence(Math.min(pauseMs, MAX_PAUSE_MS));
    this.#wav.append(this.#decoder.decode(frame.opus));
    this.#frames++;
  }
}

/** By the sender's clock: a frame that was merely late on its way leaves no hole. */
function pauseBetween(last: HeardFrame, next: HeardFrame): number {
  if (last.ssrc !== next.ssrc) return 0; // another connection counts from elsewhere
  const samples = (next.timestamp - last.timestamp) >>> 0;
  return samples / (SAMPLE_RATE_HZ / 1_000) - FRAME_MS;
}
