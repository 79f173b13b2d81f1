import type { Epoch } from '@bandstand/protocol';

export interface SnapshotHead {
  readonly epoch: Epoch;
  /** The last event that the snapshot holds. */
  readonly sequence: number;
}

/**
 * The events that lead on from a snapshot: those after it, of the same process. (The Clone pattern of the ZeroMQ guide, chapter 5.)
 *
 * @param buffered - In the order they came.
 * @returns `undefined` when one is missing in between: the snapshot is older than the loss, and another one is needed.
 */
export function replayAfter<E extends SnapshotHead>(
  snapshot: SnapshotHead,
  buffered: readonly E[],
): readonly E[] | undefined {
  const newer = buffered.filter(
    (event) => event.epoch === snapshot.epoch && event.sequence > snapshot.sequence,
  );
  const isComplete = newer.every((event, index) => event.sequence === snapshot.sequence + 1 + index);
  return isComplete ? newer : undefined;
}
