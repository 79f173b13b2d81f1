import { LIMITS } from '@bandstand/protocol';

export interface CommandFrames {
  /** Everything up to and including the first empty frame; it goes in front of the reply unchanged. */
  readonly envelope: Buffer[];
  readonly body: readonly Buffer[];
}

/**
 * Takes a ROUTER message apart. Peers differ in what stands before the empty frame: REQ puts nothing there, REQ with `correlate`
 * a request number, DEALER its own correlation id.
 *
 * @returns `undefined` without an empty frame among the first ones: there is nobody an answer would make sense to.
 */
export function splitEnvelope(frames: readonly Buffer[]): CommandFrames | undefined {
  const last = Math.min(frames.length, LIMITS.frames);
  for (let index = 1; index < last; index++) {
    if (frames[index]?.length !== 0) continue;
    return { envelope: frames.slice(0, index + 1), body: frames.slice(index + 1) };
  }
  return undefined;
}
