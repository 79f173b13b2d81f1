/** What the first bytes look like. `text` is a page, a playlist or a document: never audio. */
export type Sniffed = 'webm' | 'ogg' | 'mp4' | 'mp3' | 'flac' | 'wav' | 'adts' | 'text' | 'unknown';

/** Enough for every signature below. */
export const SNIFF_BYTES = 512;

/** Judges media by its bytes; what a server or a file name claims is not asked. */
export function sniff(head: Buffer): Sniffed {
  if (head.length >= 4) {
    const signature = head.readUInt32BE(0);
    if (signature === 0x1a45dfa3) return 'webm';
    if (signature === 0x4f676753) return 'ogg';
    if (signature === 0x664c6143) return 'flac';
    if (signature === 0x52494646 && ascii(head, 8, 4) === 'WAVE') return 'wav';
    if (ascii(head, 4, 4) === 'ftyp') return 'mp4';
    if (ascii(head, 0, 3) === 'ID3') return 'mp3';
    const sync = head.readUInt16BE(0);
    if ((sync & 0xfff6) === 0xfff0) return 'adts'; // layer bits 00
    if ((sync & 0xffe0) === 0xffe0 && (sync & 0x0006) !== 0) return 'mp3';
  }
  return isText(head) ? 'text' : 'unknown';
}

function ascii(bytes: Buffer, at: number, length: number): string {
  return bytes.toString('latin1', at, at + length);
}

/** HTML, JSON, M3U and the like: a byte-order mark or nothing but printable characters. */
function isText(head: Buffer): boolean {
  if (head.length === 0) return false;
  const start = head[0] === 0xef && head[1] === 0xbb && head[2] === 0xbf ? 3 : 0;
  for (let i = start; i < Math.min(head.length, SNIFF_BYTES); i++) {
    const byte = head[i] ?? 0;
    const isControl = byte < 0x20 && byte !== 0x09 && byte !== 0x0a && byte !== 0x0c && byte !== 0x0d;
    if (isControl || byte === 0x7f) return false;
  }
  return true;
}
