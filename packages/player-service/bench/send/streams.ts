import type { Allocation } from './messages.ts';

/** Gets a seat in the voice channel of a guild. */
export type Allocate = (guildId: string) => Promise<Allocation>;

/** Connections that stand, each with one stream of frames that can be sent on it. */
export interface Streams {
  /** The first so many play, the others do not. */
  play(count: number): void;
}

/** Ways differ in this. @param mediaPath - What is played where a way can read media; else one frame, over and over. */
export type OpenStreams = (
  guildIds: readonly string[],
  allocate: Allocate,
  mediaPath?: string,
) => Promise<Streams>;

/** What every stream sends: 20 ms of stereo at 96 kbit/s, and no silence frame. */
export const FRAME = Buffer.alloc(240, 7);
FRAME[0] = 0xfc;

const CONCURRENT_JOINS = 8;

/** Opens one after another, a few at a time. */
export async function openEach<T>(
  guildIds: readonly string[],
  open: (guildId: string) => Promise<T>,
): Promise<T[]> {
  const opened: T[] = [];
  let next = 0;
  const work = async () => {
    for (;;) {
      const index = next++;
      const guildId = guildIds[index];
      if (guildId === undefined) return;
      opened[index] = await open(guildId);
    }
  };
  await Promise.all(Array.from({ length: CONCURRENT_JOINS }, work));
  return opened;
}
