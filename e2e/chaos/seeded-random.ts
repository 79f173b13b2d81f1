import { createHash } from 'node:crypto';

/** Numbers in [0, 1) that are the same for the same seed: SHA-256 of the seed and a counter. */
export function seededRandom(seed: string): () => number {
  let count = 0;
  return () => createHash('sha256').update(`${seed} ${count++}`).digest().readUInt32BE() / 2 ** 32;
}
