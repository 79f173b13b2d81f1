import { EBML_ID, readElementHeader, readUnsigned } from './ebml.ts';
import { type OpusHead, parseOpusHead } from './opus-head.ts';

const TRACK_TYPE_AUDIO = 2;

/** One TrackEntry, as far as it decides whether the track can be sent as it is. */
export interface WebmTrack {
  readonly number: number;
  readonly isAudio: boolean;
  /** Present when the track is Opus without compression or encryption on top. */
  readonly opus: OpusHead | undefined;
}

/** @param entry - The content of a TrackEntry element. Unreadable parts count as absent. */
export function parseTrackEntry(entry: Buffer): WebmTrack {
  let number = 0;
  let type = 0;
  let codecId = '';
  let isEncoded = false;
  let head: OpusHead | undefined;

  for (let at = 0; at < entry.length; ) {
    const header = readElementHeader(entry, at);
    if (typeof header === 'string' || header.size === undefined) break;
    const end = header.contentAt + header.size;
    const content = entry.subarray(header.contentAt, end);
    if (header.id === EBML_ID.trackNumber) number = readUnsigned(content);
    else if (header.id === EBML_ID.trackType) type = readUnsigned(content);
    else if (header.id === EBML_ID.codecId) codecId = content.toString('latin1').replace(/\0+$/, '');
    else if (header.id === EBML_ID.codecPrivate) head = parseOpusHead(content);
    else if (header.id === EBML_ID.contentEncodings) isEncoded = true;
    at = end;
  }

  const opus = codecId === 'A_OPUS' && !isEncoded ? head : undefined;
  return { number, isAudio: type === TRACK_TYPE_AUDIO, opus };
}
