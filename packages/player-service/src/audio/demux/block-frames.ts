import { readVint, vintLength } from './ebml.ts';

/** Called with each frame of a block, in order. */
export type FrameSink = (frame: Buffer) => void;

const LACING = { none: 0, xiph: 1, fixed: 2, ebml: 3 } as const;

/**
 * Takes the frames out of the part of a block that follows its header, with any of Matroska's three lacings.
 *
 * @param flags - The block's flag byte.
 * @returns `false` when the lace contradicts itself; frames found until then were delivered.
 * @see https://www.rfc-editor.org/rfc/rfc9559#section-10.3
 */
export function readBlockFrames(content: Buffer, flags: number, sink: FrameSink): boolean {
  const lacing = (flags >> 1) & 0x03;
  if (lacing === LACING.none) {
    sink(content);
    return true;
  }
  const frames = (content[0] ?? 0) + 1;
  if (lacing === LACING.fixed) return readFixed(content, frames, sink);
  const lace = lacing === LACING.xiph ? xiphSizes(content, frames) : ebmlSizes(content, frames);
  if (lace === undefined) return false;

  let at = lace.contentAt;
  for (const size of lace.sizes) {
    if (size < 0 || at + size > content.length) return false;
    sink(content.subarray(at, at + size));
    at += size;
  }
  sink(content.subarray(at)); // the last frame has no size of its own
  return true;
}

interface Lace {
  /** Of every frame but the last. */
  readonly sizes: readonly number[];
  readonly contentAt: number;
}

function readFixed(content: Buffer, frames: number, sink: FrameSink): boolean {
  const size = (content.length - 1) / frames;
  if (!Number.isInteger(size)) return false;
  for (let i = 0; i < frames; i++) sink(content.subarray(1 + i * size, 1 + (i + 1) * size));
  return true;
}

function xiphSizes(content: Buffer, frames: number): Lace | undefined {
  const sizes: number[] = [];
  let at = 1;
  while (sizes.length < frames - 1) {
    let size = 0;
    let byte: number | undefined;
    do {
      byte = content[at++];
      if (byte === undefined) return undefined;
      size += byte;
    } while (byte === 0xff);
    sizes.push(size);
  }
  return { sizes, contentAt: at };
}

function ebmlSizes(content: Buffer, frames: number): Lace | undefined {
  const sizes: number[] = [];
  let at = 1;
  let previous = 0;
  while (sizes.length < frames - 1) {
    const firstByte = content[at];
    if (firstByte === undefined) return undefined;
    const length = vintLength(firstByte);
    const value = length <= 8 && at + length <= content.length ? readVint(content, at, length) : undefined;
    if (value === undefined) return undefined;
    // The first size is plain, each further one a difference, shifted to be unsigned.
    previous = sizes.length === 0 ? value : previous + value - (2 ** (7 * length - 1) - 1);
    sizes.push(previous);
    at += length;
  }
  return { sizes, contentAt: at };
}
