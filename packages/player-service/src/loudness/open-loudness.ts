import { LoudnessLibrary, type LoudnessLibraryOptions } from './loudness-library.ts';
import { MeasuringThread, type MeasuringThreadOptions } from './measuring-thread.ts';

export type LoudnessOptions = Omit<LoudnessLibraryOptions, 'thread'> & Omit<MeasuringThreadOptions, 'limits'>;

/** The library of one player service with the thread it measures on. Closing ends both. */
export interface OpenLoudness extends AsyncDisposable {
  readonly library: LoudnessLibrary;
}

export function openLoudness(options: LoudnessOptions): OpenLoudness {
  const thread = new MeasuringThread({ ...options, limits: { maxTrackMs: options.maxTrackMs } });
  const library = new LoudnessLibrary({ ...options, thread });
  return {
    library,
    [Symbol.asyncDispose]: async () => {
      await library[Symbol.asyncDispose]();
      await thread.close();
    },
  };
}
