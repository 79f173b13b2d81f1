import type { PlainFailure } from '../../threads/plain-failure.ts';
import type { Media } from '../media.ts';
import type { Mix } from '../mixing/mix.ts';
import type { OpusEncoderSettings } from '../opus-codec.ts';
import type { FadeWish } from '../render/fades.ts';
import type { SoundSettings } from '../sound.ts';

/** Frames of one playback that are made but not taken: about a second. */
export const BUFFER_FRAMES = 50;

/** What an audio thread is started with. */
export interface ThreadSettings {
  readonly ffmpegPath: string;
  /** Where bare program names are looked up. */
  readonly searchPath: string;
  /** An existing folder; the thread makes a private one inside for its children. */
  readonly temporaryFolder: string;
  readonly proxyUrl?: string | undefined;
  readonly encoder: OpusEncoderSettings;
  /** Where sounds that are to be levelled are brought to. */
  readonly levelTargetLufs: number;
  readonly limits: AudioLimits;
}

export interface AudioLimits {
  /** The longest track; live streams excepted. */
  readonly maxTrackMs: number;
  /** What one playback may download. */
  readonly maxMediaBytes: number;
  /** Until a connection is made, and again until its response begins. */
  readonly connectTimeoutMs: number;
  /** From opening to the first frame. */
  readonly firstFrameMs: number;
  /** Between two frames that are waited for. */
  readonly stallMs: number;
  /** Of one decoder: its address space. */
  readonly decoderMemoryBytes: number;
  /** Decoders that start at a time on one thread. */
  readonly decoderStarts: number;
}

/** From the thread that plays to a thread that makes frames. */
export type ToThread =
  | {
      readonly type: 'open';
      readonly id: number;
      readonly media: Media;
      readonly startAtMs: number;
      readonly sound: SoundSettings;
      /** Silence behind the end, which belongs to it. */
      readonly tailMs: number;
    }
  /** So many frames were taken since the playback began: room for as many more. */
  | { readonly type: 'taken'; readonly id: number; readonly frames: number }
  /** Frames from this index on are made (again) with this sound. */
  | {
      readonly type: 'sound';
      readonly id: number;
      /** Counts the changes; frames carry the number of the newest one they know. */
      readonly generation: number;
      readonly fromFrame: number;
      readonly sound: SoundSettings;
      /** Changes from this frame on came too late and were never heard. */
      readonly revokeFrom?: number | undefined;
    }
  /** Frames from this index on are made (again), with another playback of the same thread mixed in as told. */
  | {
      readonly type: 'mix';
      readonly id: number;
      readonly generation: number;
      readonly fromFrame: number;
      /** Absent: as before, but what is mixed in sounds different. */
      readonly mix?: Mix<number> | undefined;
    }
  /** So many frames more than needed now are read, so that the end is known that much earlier. */
  | { readonly type: 'lookAhead'; readonly id: number; readonly frames: number }
  /** Frames are wanted with which it falls silent, or comes out of silence. */
  | { readonly type: 'fade'; readonly id: number; readonly wish: FadeWish }
  | { readonly type: 'close'; readonly id: number }
  /** Asks for a sign of life. */
  | { readonly type: 'beat' }
  /** Close everything and exit. */
  | { readonly type: 'shutdown' };

/** How much an audio thread has to do, and what it does about it. */
export interface ThreadLoad {
  /** The share of the last second that it was busy, 0 to 1. */
  readonly utilization: number;
  /** Of libopus, 0 to 10: less than configured while the thread has too much to do. */
  readonly complexity: number;
}

/** From a thread that makes frames. Messages of one playback come in order; nothing follows its `closed`. */
export type FromThread =
  | { readonly type: 'started' }
  /** The answer to a beat. */
  | { readonly type: 'alive'; readonly load: ThreadLoad }
  | { readonly type: 'opened'; readonly id: number; readonly route: Route }
  /** Frames `firstFrame`, `firstFrame` + 1, …: new ones, or replacements of those sent before under the same index. */
  | {
      readonly type: 'frames';
      readonly id: number;
      readonly generation: number;
      readonly firstFrame: number;
      readonly packed: ArrayBuffer;
    }
  /** A station plays something else now. As it was sent, not cleaned, `''` = it says nothing any more. */
  | { readonly type: 'title'; readonly id: number; readonly title: string }
  /**
   * The source has exactly so many frames (at another speed than 1 it makes more or fewer of them to send); with a failure,
   * it should have had more. They may not all be sent yet.
   */
  | {
      readonly type: 'finished';
      readonly id: number;
      readonly trackFrames: number;
      readonly failure?: PlainFailure | undefined;
    }
  /** For a silence before each frame from `firstFrame` on. */
  | {
      readonly type: 'fades';
      readonly id: number;
      readonly firstFrame: number;
      readonly places: readonly FadePlace[];
    }
  | { readonly type: 'closed'; readonly id: number };

/** What is heard around a silence: see `FadeFrames`. */
export interface FadePlace {
  readonly before: readonly Uint8Array[];
  readonly after: readonly Uint8Array[];
}

/** What an audio thread has to say about one playback. */
export type PlaybackMessage = Exclude<FromThread, { type: 'started' | 'alive' }>;

/** `passthrough`: the source's own Opus packets, as long as nothing changes the signal. */
export type Route = 'passthrough' | 'transcode';
