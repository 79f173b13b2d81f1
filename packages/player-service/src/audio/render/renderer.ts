import type { OpusEncoderSettings } from '../opus-codec.ts';
import { AlignedEncoder, FRAMES_AHEAD } from './aligned-encoder.ts';
import { type FadeFrames, type FadeWish, renderFades } from './fades.ts';
import type { SignalChain } from './signal-chain.ts';

/**
 * Makes the Opus frame of any index from the signal.
 *
 * Where nothing changes a packet of the source, the frame is that packet; otherwise the signal is encoded, in step with the
 * packets. Frames may be asked for again, from an earlier index on: that is how a change takes effect on frames already made.
 */
export class Renderer {
  readonly #chain: SignalChain;
  readonly #settings: OpusEncoderSettings;
  /** Made with the first frame that is not a packet of the source. */
  #encoder: AlignedEncoder | undefined;
  readonly #read = (index: number, into: Float32Array) => this.#chain.process(index, into);

  /** @param settings - Looked at before each frame: they may change under way. */
  constructor(chain: SignalChain, settings: OpusEncoderSettings) {
    this.#chain = chain;
    this.#settings = settings;
  }

  /** Whether all that the frame needs is there. */
  canRender(index: number): boolean {
    if (!this.#chain.isInside(index)) return false;
    return this.isUntouched(index) || this.#chain.canProcess(index + FRAMES_AHEAD);
  }

  /** Whether the frame is the source's own packet. */
  isUntouched(index: number): boolean {
    return this.#chain.isUntouched(index);
  }

  render(index: number): Buffer {
    return this.#chain.untouchedPacket(index) ?? this.#openEncoder().encode(index, this.#read);
  }

  /** See `renderFades`. */
  renderFades(wish: FadeWish): FadeFrames[] {
    return renderFades(this.#chain, this.#openEncoder(), wish);
  }

  /** Something is different from frame `index` on: what was made ahead of it is void. */
  invalidate(index: number): void {
    this.#chain.invalidate(index);
    this.#encoder?.invalidate(index);
  }

  #openEncoder(): AlignedEncoder {
    this.#encoder ??= new AlignedEncoder(this.#settings);
    return this.#encoder;
  }
}
