import type { MediaTraits } from '../../audio/media.ts';

export type Signature = Required<Pick<MediaTraits, 'container'>> & Pick<MediaTraits, 'codec'>;

/** How many bytes from the start tell everything that is told here. */
export const SIGNATURE_BYTES = 64 * 1024;

const WEBM = Buffer.from([0x1a, 0x45, 0xdf, 0xa3]);

/**
 * What the first bytes of a file are, by their magic numbers; names and content types are not asked.
 *
 * @returns `undefined` for anything that is not audio in one of the formats that are decoded.
 */
export function signatureOf(head: Buffer): Signature | undefined {
  if (head.subarray(0, 4).equals(WEBM)) return { container: 'webm', codec: codecInside(head) };
  if (startsWith(head, 'OggS')) return { container: 'ogg', codec: codecInside(head) };
  if (startsWith(head, 'fLaC')) return { container: 'flac', codec: 'flac' };
  if (startsWith(head, 'RIFF') && text(head, 8, 12) === 'WAVE') return { container: 'wav', codec: 'pcm' };
  if (text(head, 4, 8) === 'ftyp') return { container: 'mp4', codec: undefined };
  if (startsWith(head, 'ID3')) return { container: 'mp3', codec: 'mp3' };
  return frameSignature(head);
}

/** What the bytes look like that are no audio, for the log. */
export function likenessOf(head: Buffer): 'html' | 'playlist' | 'json' | 'empty' | 'unknown' {
  const start = head.subarray(0, 512).toString('latin1').trimStart().toLowerCase();
  if (start === '') return 'empty';
  if (start.startsWith('<')) return 'html';
  if (start.startsWith('#extm3u') || start.startsWith('[playlist]')) return 'playlist';
  return start.startsWith('{') ? 'json' : 'unknown';
}

/** MPEG audio without a container: a sync word, then fields of which not every value exists. */
function frameSignature(head: Buffer): Signature | undefined {
  const [first = 0, second = 0, third = 0] = head;
  if (first !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  const layer = (second >> 1) & 3;
  if ((second & 0xf0) === 0xf0 && layer === 0) return { container: 'adts', codec: 'aac' };
  const version = (second >> 3) & 3;
  const exists = version !== 1 && layer === 1 && third >> 4 !== 15 && ((third >> 2) & 3) !== 3;
  return exists ? { container: 'mp3', codec: 'mp3' } : undefined;
}

function codecInside(head: Buffer): MediaTraits['codec'] {
  if (head.includes('A_OPUS') || head.includes('OpusHead')) return 'opus';
  if (head.includes('A_VORBIS') || head.includes('\x01vorbis')) return 'vorbis';
  if (head.includes('A_AAC')) return 'aac';
  return head.includes('A_FLAC') || head.includes('\x7fFLAC') ? 'flac' : undefined;
}

function startsWith(head: Buffer, magic: string): boolean {
  return text(head, 0, magic.length) === magic;
}

function text(head: Buffer, start: number, end: number): string {
  return head.toString('latin1', start, end);
}
