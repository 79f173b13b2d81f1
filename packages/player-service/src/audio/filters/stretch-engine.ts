import { readFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { compileFunction } from 'node:vm';
import { CHANNELS, SAMPLE_RATE_HZ } from '../frame.ts';
import { ImmediatePromise } from './immediate-promise.ts';

/** The part of the JavaScript interface of WebAssembly that is used here; the types of Node leave it out. */
declare const WebAssembly: {
  readonly Module: new (binary: Uint8Array) => object;
  readonly Instance: new (module: object, imports: object) => object;
  readonly RuntimeError: ErrorConstructor;
};

/** What the WebAssembly of the package exports. Lengths are samples per channel, buffers byte addresses in its memory. */
interface StretchExports {
  readonly HEAP8: Int8Array;
  _configure(
    channels: number,
    blockSamples: number,
    intervalSamples: number,
    splitComputation: boolean,
  ): void;
  /** @returns The address of the buffers: one for the input of each channel, then one for the output of each. */
  _setBuffers(channels: number, length: number): number;
  _inputLatency(): number;
  _outputLatency(): number;
  _reset(): void;
  /** Takes the input buffer as what came before. */
  _seek(inputSamples: number, playbackRate: number): void;
  _process(inputSamples: number, outputSamples: number): void;
}

/** 100 ms and 40 ms, the library's own choice where it shall be cheap: half the time of its default. */
const BLOCK_SAMPLES = 4_800;
const INTERVAL_SAMPLES = 1_920;
/**
 * Half a block: how far the input must be ahead of the place that is being processed, and that place ahead of the output.
 */
export const STRETCH_LATENCY_SAMPLES = BLOCK_SAMPLES / 2;

/**
 * The processor class of the package, which is made for the audio worklet of browsers: its source is run with the few globals
 * of that place as parameters. There it gets ready by and by; here, where sound changes within a frame, it is ready at once:
 * what it takes for promises are callbacks, and its WebAssembly, compiled once, is handed over when it has done all else.
 */
function loadProcessor(): () => StretchExports {
  const path = createRequire(import.meta.url).resolve('signalsmith-stretch');
  let Processor: (new (options: object) => { readonly wasmModule?: StretchExports }) | undefined;
  let compiled: object | undefined;
  let handOver: (() => void) | undefined;
  const host = {
    AudioWorkletProcessor: class {
      readonly port = { postMessage() {} };
    },
    registerProcessor: (_name: string, registered: typeof Processor) => {
      Processor = registered;
    },
    sampleRate: SAMPLE_RATE_HZ,
    currentTime: 0,
    Promise: ImmediatePromise,
    WebAssembly: {
      RuntimeError: WebAssembly.RuntimeError,
      instantiate: (binary: Uint8Array, imports: object) => {
        compiled ??= new WebAssembly.Module(binary);
        const instance = new WebAssembly.Instance(compiled, imports);
        return new ImmediatePromise((resolve) => {
          handOver = () => resolve({ instance });
        });
      },
    },
  };
  compileFunction(readFileSync(path, 'utf8'), Object.keys(host), { filename: path })(...Object.values(host));
  return () => {
    const processor = Processor && new Processor({ numberOfOutputs: 1, outputChannelCount: [CHANNELS] });
    handOver?.();
    if (processor?.wasmModule === undefined) throw new Error('bug: signalsmith-stretch is not as it was');
    return processor.wasmModule;
  };
}

const instantiate = loadProcessor();
// Compiling takes 15 ms: better while the thread starts than between two frames.
instantiate();

/**
 * Stretches time in the frequency domain: Signalsmith Stretch, compiled to WebAssembly. It could shift pitch, too, but up to
 * a tenth of a semitone off; resampling is exact.
 * One instance is one stream and 1.2 MB. Input and output are interleaved stereo at 48 kHz.
 *
 * @see https://signalsmith-audio.co.uk/code/stretch/
 */
export class StretchEngine {
  readonly #exports = instantiate();
  readonly #length: number;
  readonly #address: number;

  /** @param mostSamples - The longest input or output of one call, per channel. */
  constructor(mostSamples: number) {
    this.#exports._configure(CHANNELS, BLOCK_SAMPLES, INTERVAL_SAMPLES, false);
    if (this.#exports._inputLatency() !== STRETCH_LATENCY_SAMPLES)
      throw new Error('bug: another input latency');
    if (this.#exports._outputLatency() !== STRETCH_LATENCY_SAMPLES)
      throw new Error('bug: another output latency');
    this.#length = mostSamples;
    this.#address = this.#exports._setBuffers(CHANNELS, mostSamples);
  }

  /** Begins anew. @param before - What came before the input that will follow. */
  begin(speed: number, before: Float32Array): void {
    this.#exports._reset();
    this.#write(before);
    this.#exports._seek(before.length / CHANNELS, speed);
  }

  /** The relation of the two lengths is the speed. */
  process(input: Float32Array, output: Float32Array): void {
    this.#write(input);
    this.#exports._process(input.length / CHANNELS, output.length / CHANNELS);
    for (let channel = 0; channel < CHANNELS; channel++) {
      const from = this.#buffer(CHANNELS + channel);
      for (let i = 0; i < output.length / CHANNELS; i++) output[i * CHANNELS + channel] = from[i] ?? 0;
    }
  }

  #write(input: Float32Array): void {
    if (input.length > this.#length * CHANNELS)
      throw new RangeError(`bug: ${input.length} samples are too many`);
    for (let channel = 0; channel < CHANNELS; channel++) {
      const to = this.#buffer(channel);
      for (let i = 0; i < input.length / CHANNELS; i++) to[i] = input[i * CHANNELS + channel] ?? 0;
    }
  }

  /** Made anew each time: when its memory grows, an older view is dead. */
  #buffer(index: number): Float32Array {
    return new Float32Array(
      this.#exports.HEAP8.buffer,
      this.#address + index * this.#length * 4,
      this.#length,
    );
  }
}
