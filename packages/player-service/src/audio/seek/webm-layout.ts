import { PlayerError } from '@bandstand/protocol';
import { EBML_ID, readChildren, readElementHeader, readUnsigned } from '../demux/ebml.ts';
import type { SeekBytes } from './seek-bytes.ts';

/** Where things are in a WebM file, as far as its beginning tells. Offsets count from the beginning of the file. */
export interface WebmLayout {
  /** Positions inside the file count from here. */
  readonly segmentAt: number;
  readonly firstClusterAt: number;
  readonly cuesAt: number | undefined;
}

/** Elements before the first cluster: half a dozen in real files. */
const MAX_ELEMENTS = 64;
/** Id and size of an element. */
export const MAX_HEADER_BYTES = 12;
/** A SeekHead names a handful of elements. */
const MAX_SEEK_HEAD_BYTES = 4_096;

/** @throws PlayerError `MEDIA_BROKEN` when the file begins otherwise than files do. */
export async function readWebmLayout(bytes: SeekBytes): Promise<WebmLayout> {
  let segmentAt: number | undefined;
  let cuesAt: number | undefined;
  let at = 0;
  for (let elements = 0; elements < MAX_ELEMENTS; elements++) {
    const { id, size, contentAt } = await readElementAt(bytes, at);
    if (id === EBML_ID.cluster && segmentAt !== undefined) return { segmentAt, firstClusterAt: at, cuesAt };
    if (id === EBML_ID.segment) {
      segmentAt = contentAt;
      at = contentAt;
      continue;
    }
    if (size === undefined) break;
    if (id === EBML_ID.cues) cuesAt = at;
    if (id === EBML_ID.seekHead && segmentAt !== undefined && size <= MAX_SEEK_HEAD_BYTES && size > 0) {
      const cuesPosition = positionOfCues(await bytes.read(contentAt, size));
      if (cuesPosition !== undefined) cuesAt ??= segmentAt + cuesPosition;
    }
    at = contentAt + size;
  }
  throw new PlayerError('MEDIA_BROKEN', 'no cluster where one should be');
}

/** The id and size of the element at an offset of the file, and where its content begins in the file. */
export async function readElementAt(
  bytes: SeekBytes,
  offset: number,
): Promise<{ id: number; size: number | undefined; contentAt: number }> {
  const header = readElementHeader(await bytes.read(offset, MAX_HEADER_BYTES), 0);
  if (typeof header === 'string') throw new PlayerError('MEDIA_BROKEN', 'no Matroska element there');
  return { id: header.id, size: header.size, contentAt: offset + header.contentAt };
}

function positionOfCues(seekHead: Buffer): number | undefined {
  let found: number | undefined;
  readChildren(seekHead, (id, entry) => {
    if (id !== EBML_ID.seek) return;
    let target = 0;
    let position: number | undefined;
    readChildren(entry, (childId, child) => {
      if (childId === EBML_ID.seekId) target = readUnsigned(child);
      else if (childId === EBML_ID.seekPosition) position = readUnsigned(child);
    });
    if (target === EBML_ID.cues) found = position;
  });
  return found;
}
