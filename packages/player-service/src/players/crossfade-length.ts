import type { Track } from '../sources/source.ts';

/** How long two tracks sound together: as wanted, at most half of either, and never with a live stream. */
export function crossfadeMsBetween(ending: Track, beginning: Track, wantedMs: number): number {
  if (ending.isLive || beginning.isLive) return 0;
  return Math.min(wantedMs, halfOf(ending), halfOf(beginning));
}

function halfOf({ durationMs }: Track): number {
  return durationMs === undefined ? Number.POSITIVE_INFINITY : durationMs / 2;
}
