import type { Filters } from '@bandstand/protocol';
import type { Stage } from '../render/stage.ts';
import { channelMixStage } from './channel-mix.ts';
import { compressorStage } from './compressor.ts';
import { distortionStage } from './distortion.ts';
import { equalizerStage } from './equalizer.ts';
import { karaokeStage } from './karaoke.ts';
import { lowPassStage } from './low-pass.ts';
import { rotationStage } from './rotation.ts';
import { threeBandEqStage } from './three-band-eq.ts';
import { tremoloStage } from './tremolo.ts';
import { vibratoStage } from './vibrato.ts';
import { volumeStage } from './volume.ts';

type StagedFilter = Exclude<keyof Filters, 'timescale'>;

/**
 * The order in which filters follow each other, the same however they were written: what needs the original stereo image
 * first, tone next, then dynamics, what moves, and the volume last.
 */
const STAGES: { readonly [N in StagedFilter]: (settings: NonNullable<Filters[N]>) => Stage } = {
  karaoke: karaokeStage,
  channelMix: channelMixStage,
  equalizer: equalizerStage,
  threeBandEq: threeBandEqStage,
  lowPass: lowPassStage,
  distortion: distortionStage,
  compressor: compressorStage,
  vibrato: vibratoStage,
  tremolo: tremoloStage,
  rotation: rotationStage,
  volume: volumeStage,
};

/** New stages for the filters that do something; `timescale` is none: it changes how many samples there are. */
export function buildStages(filters: Filters): Stage[] {
  const stages: Stage[] = [];
  for (const name of Object.keys(STAGES) as StagedFilter[]) addStage(name, filters, stages);
  return stages;
}

function addStage<N extends StagedFilter>(name: N, filters: Filters, to: Stage[]): void {
  const settings = filters[name];
  if (settings !== undefined) to.push(STAGES[name](settings));
}
