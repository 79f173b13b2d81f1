import type { TrackSources } from '../players/ports.ts';
import type { PlayerMetrics } from './player-metrics.ts';

/** The same sources, every question to them timed and counted. */
export function observedSources(
  sources: TrackSources,
  metrics: Pick<PlayerMetrics, 'request'>,
): TrackSources {
  return {
    load: (query, options) => metrics.request('load', () => sources.load(query, options)),
    search: (words, options) => metrics.request('search', () => sources.search(words, options)),
    resolve: (track, options) => metrics.request('resolve', () => sources.resolve(track, options)),
  };
}
