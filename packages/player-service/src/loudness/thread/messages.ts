import type { Media } from '../../audio/media.ts';
import type { PlainFailure } from '../../audio/thread/messages.ts';
import type { TrackLoudness } from '../track-loudness.ts';

/** What the measuring thread is started with. */
export interface MeasuringSettings {
  readonly ffmpegPath: string;
  /** Where bare program names are looked up. */
  readonly searchPath: string;
  /** An existing folder; the thread makes a private one inside for its children. */
  readonly temporaryFolder: string;
  readonly proxyUrl?: string | undefined;
  readonly limits: MeasuringLimits;
}

export interface MeasuringLimits {
  readonly maxTrackMs: number;
  /** What one measurement may download. */
  readonly maxMediaBytes: number;
  /** Until a connection is made, and again until its response begins. */
  readonly connectTimeoutMs: number;
  /** Between two pieces of sound, and from opening to the first. */
  readonly stallMs: number;
  /** From opening to the result. */
  readonly deadlineMs: number;
  /** Seconds of sound that are read in one second: what plays needs the network and the memory, too. */
  readonly maxSpeed: number;
  /** Of one decoder: its address space. */
  readonly decoderMemoryBytes: number;
}

export type ToMeasuring =
  | { readonly type: 'measure'; readonly id: number; readonly media: Media }
  /** It is answered as any other: by its failure, or by a result that was on its way. */
  | { readonly type: 'cancel'; readonly id: number }
  /** Cancel everything and exit. */
  | { readonly type: 'shutdown' };

export type FromMeasuring =
  | { readonly type: 'started' }
  | { readonly type: 'measured'; readonly id: number; readonly loudness: TrackLoudness }
  | { readonly type: 'failed'; readonly id: number; readonly failure: PlainFailure };
