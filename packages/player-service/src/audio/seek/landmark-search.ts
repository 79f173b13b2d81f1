import { PlayerError } from '@bandstand/protocol';

/** A place in the media where reading can begin, and the time that the container gives it. */
export interface Landmark {
  readonly byteOffset: number;
  readonly timeMs: number;
}

export interface LandmarkSearch<T extends Landmark> {
  readonly targetMs: number;
  /** Not after the target. */
  readonly first: T;
  readonly endOffset: number;
  /** Of the end; an estimate will do. Without it the first guess is the middle. */
  readonly endMs: number | undefined;
  /** So near before the target is near enough: reading on costs less than another guess. */
  readonly nearMs: number;
  readonly nearBytes: number;
  /** The first landmark at or after one offset and before the other. */
  readonly next: (fromOffset: number, beforeOffset: number) => Promise<T | undefined>;
}

const MAX_GUESSES = 12;
/** Guesses aim a little before the target, because what they find comes after them. */
const MARGIN_MS = 1_000;
/** Every so manieth guess is the middle, so that an uneven bit rate cannot lead it on by small steps. */
const MIDDLE_EVERY = 3;

/**
 * Finds a landmark shortly before a time by guessing from the bytes and times known so far.
 *
 * @throws PlayerError `MEDIA_BROKEN` when times do not rise with the bytes, or it takes too many guesses.
 */
export async function findLandmark<T extends Landmark>(search: LandmarkSearch<T>): Promise<T> {
  const { targetMs, nearMs, nearBytes, next } = search;
  let low = search.first;
  let highOffset = search.endOffset;
  let highMs = search.endMs;
  for (let guesses = 1; guesses <= MAX_GUESSES; guesses++) {
    if (targetMs - low.timeMs <= nearMs || highOffset - low.byteOffset <= nearBytes) return low;
    const share =
      highMs === undefined || highMs <= low.timeMs || guesses % MIDDLE_EVERY === 0
        ? 0.5
        : Math.max(0, targetMs - MARGIN_MS - low.timeMs) / (highMs - low.timeMs);
    const span = highOffset - low.byteOffset;
    const guess = low.byteOffset + Math.max(1, Math.floor(Math.min(share, 0.99) * span));
    const found = await next(guess, highOffset);
    if (found === undefined) {
      highOffset = guess;
    } else if (found.timeMs < low.timeMs) {
      throw new PlayerError('MEDIA_BROKEN', 'the times of the container run backwards');
    } else if (found.timeMs <= targetMs) {
      low = found;
    } else {
      highOffset = guess;
      highMs = found.timeMs;
    }
  }
  throw new PlayerError('MEDIA_BROKEN', 'the container leads nowhere');
}
