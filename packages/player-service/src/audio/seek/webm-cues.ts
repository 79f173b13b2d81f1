import { EBML_ID, readChildren, readUnsigned } from '../demux/ebml.ts';

/** One entry of the index. */
export interface Cue {
  readonly ticks: number;
  /** From the beginning of the segment's content. */
  readonly clusterPosition: number;
}

/**
 * The last entries of the index that are not after a time, best first. Whatever the index says is a claim.
 *
 * @param content - Of the Cues element.
 * @param track - Entries of other tracks serve only when there are none of this one: they know where its cluster is, nearly.
 */
export function cuesBefore(content: Buffer, track: number, ticks: number, count: number): Cue[] {
  const own: Cue[] = [];
  const others: Cue[] = [];
  readChildren(content, (id, point) => {
    if (id !== EBML_ID.cuePoint) return;
    let cueTicks = Number.POSITIVE_INFINITY;
    readChildren(point, (childId, child) => {
      if (childId === EBML_ID.cueTime) cueTicks = readUnsigned(child);
      if (childId !== EBML_ID.cueTrackPositions) return;
      const place = trackPosition(child);
      if (place.clusterPosition === undefined || cueTicks > ticks) return;
      const cue = { ticks: cueTicks, clusterPosition: place.clusterPosition };
      keepLatest(place.track === track ? own : others, cue, count);
    });
  });
  return own.length > 0 ? own : others;
}

function trackPosition(content: Buffer): { track: number; clusterPosition: number | undefined } {
  let track = 0;
  let clusterPosition: number | undefined;
  readChildren(content, (id, child) => {
    if (id === EBML_ID.cueTrack) track = readUnsigned(child);
    else if (id === EBML_ID.cueClusterPosition) clusterPosition = readUnsigned(child);
  });
  return { track, clusterPosition };
}

/** Latest first, each cluster once. */
function keepLatest(cues: Cue[], cue: Cue, count: number): void {
  if (cues.some(({ clusterPosition }) => clusterPosition === cue.clusterPosition)) return;
  const place = cues.findIndex(({ ticks }) => ticks <= cue.ticks);
  cues.splice(place === -1 ? cues.length : place, 0, cue);
  cues.length = Math.min(cues.length, count);
}
