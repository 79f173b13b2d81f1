import { PlayerError } from '@bandstand/protocol';

const TOLERANCE_MS = 2_000;
const TOLERANCE_SHARE = 0.01;

/**
 * Tells an end from a cut: nothing at all, or an end clearly before the stated length, is a failure.
 *
 * @param positionMs - Where the source ended, inside the track.
 */
export function endFailure(
  positionMs: number,
  startAtMs: number,
  durationMs: number | undefined,
): PlayerError | undefined {
  if (positionMs === 0) return new PlayerError('MEDIA_BROKEN', 'the media holds no sound');
  if (durationMs === undefined || startAtMs >= durationMs) return undefined;
  const toleranceMs = Math.max(TOLERANCE_MS, durationMs * TOLERANCE_SHARE);
  if (positionMs >= durationMs - toleranceMs) return undefined;
  return new PlayerError('MEDIA_CUT', 'the media ended before its length', {
    details: { positionMs, durationMs },
  });
}
