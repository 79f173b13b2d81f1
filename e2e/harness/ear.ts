import type { HeardFrame, VoiceListener } from '@bandstand/discord-simulator';
import { channelOf } from '@bandstand/test-support';

/** Opus silence, which a client sends before it pauses. */
const SILENCE = Buffer.from([0xf8, 0xff, 0xfe]);

/** Waits for what a listener hears, from the moment it was put on. */
export class Ear {
  readonly #listener: VoiceListener;
  readonly #frames: HeardFrame[] = [];
  readonly #waiting = new Set<() => void>();
  readonly #sinceMs = performance.now();

  constructor(listener: VoiceListener) {
    this.#listener = listener;
    listener.on('frame', (frame) => {
      this.#frames.push(frame);
      for (const look of [...this.#waiting]) look();
    });
  }

  get frames(): readonly HeardFrame[] {
    return this.#frames;
  }

  /** Without the silence before pauses. */
  get music(): readonly HeardFrame[] {
    return this.#frames.filter((frame) => !isSilence(frame));
  }

  /** Everything decoded so far, interleaved stereo of 48 kHz, signed 16-bit. */
  get pcm(): Buffer {
    return this.#listener.pcm({ sinceMs: this.#sinceMs });
  }

  /** Everything decoded so far, left channel, 48 kHz, in ±1. */
  get samples(): Float64Array {
    const { pcm } = this;
    return channelOf(new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length / 2), 0, 2);
  }

  get counts(): VoiceListener['counts'] {
    return this.#listener.counts;
  }

  /** So many frames of music since the ear was put on. */
  async hearsMusic(frames: number, deadlineMs = 15_000): Promise<readonly HeardFrame[]> {
    await this.#until(() => this.music.length >= frames, `${frames} frames of music`, deadlineMs);
    return this.music;
  }

  /** The silence after `frames` frames of music: a track that ended, or a pause. */
  async hearsTheEnd(frames = 1, deadlineMs = 30_000): Promise<readonly HeardFrame[]> {
    const isOver = () => {
      const last = this.#frames.at(-1);
      return last !== undefined && isSilence(last) && this.music.length >= frames;
    };
    await this.#until(isOver, 'silence after the music', deadlineMs);
    return this.music;
  }

  async #until(isDone: () => boolean, what: string, deadlineMs: number): Promise<void> {
    const { promise, resolve, reject } = Promise.withResolvers<void>();
    const heard = () => `heard ${this.music.length} frames of music and ${this.#frames.length} in all`;
    const timer = setTimeout(
      () => reject(new Error(`no ${what} within ${deadlineMs} ms; ${heard()}`)),
      deadlineMs,
    );
    const look = () => {
      if (isDone()) resolve();
    };
    this.#waiting.add(look);
    look();
    try {
      await promise;
    } finally {
      clearTimeout(timer);
      this.#waiting.delete(look);
    }
  }
}

export function isSilence(frame: HeardFrame): boolean {
  return frame.opus.equals(SILENCE);
}

/** The longest time between two frames in a row, in milliseconds. */
export function longestGapMs(frames: readonly HeardFrame[]): number {
  let longest = 0;
  for (const [index, frame] of frames.entries()) {
    const previous = frames[index - 1];
    if (previous !== undefined) longest = Math.max(longest, frame.arrivedAtMs - previous.arrivedAtMs);
  }
  return longest;
}
