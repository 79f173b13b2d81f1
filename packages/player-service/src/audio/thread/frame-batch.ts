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

/** Calls back with each frame, a view into `packed`. */
export function unpackFrames(packed: ArrayBuffer, onFrame: (frame: Buffer) => void): void {
  const bytes = Buffer.from(packed);
  for (let at = 0; at < bytes.length; ) {
    const begin = at + PREFIX_BYTES;
    at = begin + bytes.readUInt16LE(at);
    onFrame(bytes.subarray(begin, at));
  }
}
