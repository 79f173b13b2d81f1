import { FRAME_SAMPLES } from '../frame.ts';
import { DECODER_PRIMING_PACKETS } from '../opus-codec.ts';
import type { SoundChange } from './sound-timeline.ts';
import type { UnitReader } from './unit-reader.ts';

/** What a sound is made of: the track, at the speed that the sound has. */
export interface LineInput {
  /** Whether its frames are the units of the track as they are. */
  readonly isTrack: boolean;
  /** The samples of the frame, before anything else is done to them. */
  read(index: number, into: Float32Array): void;
  /** The earliest frame that can be read before this one without a break between what was read and what is made anew. */
  earliestBefore(index: number): number;
  /** The first unit of the track that a frame needs if nothing was read before. */
  firstUnitOf(index: number): number;
  /** The last unit of the track that a frame needs. */
  lastUnitOf(index: number): number;
}

/** At normal speed a frame is a unit of the track. */
export function unitInput(reader: UnitReader, { offset }: SoundChange): LineInput {
  return {
    isTrack: true,
    earliestBefore: () => Number.NEGATIVE_INFINITY,
    read: (index, into) => reader.read(index + offset, into),
    firstUnitOf: (index) => index + offset - DECODER_PRIMING_PACKETS,
    lastUnitOf: (index) => index + offset,
  };
}

/** Where a frame begins in the track, in samples per channel. */
export function samplePlaceOf(index: number, { speed, offset }: SoundChange): number {
  return (index * speed + offset) * FRAME_SAMPLES;
}
