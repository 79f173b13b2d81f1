import { expect, test } from 'vitest';
import { endFailure } from './track-length.ts';

test.each([
  ['at its length', 200_000, 0, 200_000, undefined],
  ['within two seconds of a short track', 58_100, 0, 60_000, undefined],
  ['more than two seconds before', 57_900, 0, 60_000, 'MEDIA_CUT'],
  ['within one per cent of a long track', 3_565_000, 0, 3_600_000, undefined],
  ['more than one per cent before', 3_563_000, 0, 3_600_000, 'MEDIA_CUT'],
  ['after the length that was stated', 70_000, 0, 60_000, undefined],
  ['without a stated length', 1_000, 0, undefined, undefined],
  ['with nothing at all', 0, 0, undefined, 'MEDIA_BROKEN'],
  ['with nothing after a seek close to the end', 59_500, 59_500, 60_000, undefined],
  ['with nothing after a seek into the middle', 30_000, 30_000, 60_000, 'MEDIA_CUT'],
  ['with nothing after a seek beyond the end', 61_000, 61_000, 60_000, undefined],
])('a track that ends %s', (_title, positionMs, startAtMs, durationMs, code) => {
  expect(endFailure(positionMs, startAtMs, durationMs)?.code).toBe(code);
});
