/** Length prefix of each frame, little-endian. */
const PREFIX_BYTES = 2;

/** @returns One buffer to be transferred to another thread; a frame is at most 65,535 bytes. */
export function packFrames(frames: readonly Buffer[]): ArrayBuffer {
  let bytes = 0;
  for (const frame of frames) bytes += PREFIX_BYTES + frame.length;
  const packed = Buffer.from(new ArrayBuffer(bytes));
  let at = 0;
  for (const frame of frames) {
    at = packed.writeUInt16LE(frame.length, at);
    packed.set(frame, at);
    at += frame.length;
  }
  return packed.buffer;
}

/** Where a frame lies in what it came with. */
export interface BatchedFrame {
  readonly batch: Buffer;
  readonly begin: number;
  readonly end: number;
}

export function* unpackFrames(packed: ArrayBuffer): Generator<BatchedFrame> {
  const batch = Buffer.from(packed);
  for (let at = 0; at < batch.length; ) {
    const begin = at + PREFIX_BYTES;
    at = begin + batch.readUInt16LE(at);
    yield { batch, begin, end: at };
  }
}
