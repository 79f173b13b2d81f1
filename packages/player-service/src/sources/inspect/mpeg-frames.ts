import { type Signature, signatureOf } from './media-signature.ts';

/** So many frames in a row that fit each other are no accident. */
const CHAIN = 3;
const MIN_HEADER_BYTES = 7;
/** Layer III, in kbit/s, by version. */
const MPEG_1_KBPS = [0, 32, 40, 48, 56, 64, 80, 96, 112, 128, 160, 192, 224, 256, 320];
const MPEG_2_KBPS = [0, 8, 16, 24, 32, 40, 48, 56, 64, 80, 96, 112, 128, 144, 160];
const MPEG_1_HZ = [44_100, 48_000, 32_000];

interface Frame {
  readonly container: 'mp3' | 'adts';
  readonly bytes: number;
  /** What does not change from frame to frame. */
  readonly kind: number;
}

/**
 * What sound there is in a stream that may begin in the middle of a frame, as stations send it to whoever comes.
 *
 * @returns `undefined` when it cannot be told yet: there are no {@link CHAIN} whole MP3 or ADTS frames in a row, and it does
 * not begin as a container does.
 */
export function signatureInStream(bytes: Buffer): Signature | undefined {
  const beginning = signatureOf(bytes);
  // A sync word at the very place is an accident as likely as not.
  const isBare = beginning?.container === 'mp3' || beginning?.container === 'adts';
  return isBare ? framesIn(bytes) : (beginning ?? framesIn(bytes));
}

function framesIn(bytes: Buffer): Signature | undefined {
  for (let at = bytes.indexOf(0xff); at !== -1; at = bytes.indexOf(0xff, at + 1)) {
    const first = frameAt(bytes, at);
    if (first === undefined || !isChain(bytes, at, first)) continue;
    return first.container === 'mp3'
      ? { container: 'mp3', codec: 'mp3' }
      : { container: 'adts', codec: 'aac' };
  }
  return undefined;
}

function isChain(bytes: Buffer, begin: number, first: Frame): boolean {
  let at = begin + first.bytes;
  for (let count = 1; count < CHAIN; count++) {
    const frame = frameAt(bytes, at);
    if (frame === undefined || frame.container !== first.container || frame.kind !== first.kind) return false;
    at += frame.bytes;
  }
  return true;
}

/** ISO/IEC 11172-3 §2.4.1.3 and 14496-3 §1.A.2.2: both begin with twelve bits, or eleven, that are set. */
function frameAt(bytes: Buffer, at: number): Frame | undefined {
  if (at + MIN_HEADER_BYTES > bytes.length) return undefined;
  const second = bytes[at + 1] ?? 0;
  if (bytes[at] !== 0xff || (second & 0xe0) !== 0xe0) return undefined;
  return (second & 0xf6) === 0xf0 ? adtsFrame(bytes, at) : mp3Frame(second, bytes[at + 2] ?? 0);
}

function adtsFrame(bytes: Buffer, at: number): Frame | undefined {
  const [third = 0, fourth = 0, fifth = 0, sixth = 0] = bytes.subarray(at + 2, at + 6);
  const length = ((fourth & 3) << 11) | (fifth << 3) | (sixth >> 5);
  const rate = (third >> 2) & 15;
  if (length <= MIN_HEADER_BYTES || rate > 12) return undefined;
  return { container: 'adts', bytes: length, kind: (third << 8) | (fourth & 0xf0) };
}

function mp3Frame(second: number, third: number): Frame | undefined {
  const version = (second >> 3) & 3; // 3 = MPEG 1, 2 = MPEG 2, 0 = MPEG 2.5
  const layer = (second >> 1) & 3; // 1 = III
  const rateHz = MPEG_1_HZ[(third >> 2) & 3];
  if (version === 1 || layer !== 1 || rateHz === undefined) return undefined;
  const isFirst = version === 3;
  const kbps = (isFirst ? MPEG_1_KBPS : MPEG_2_KBPS)[third >> 4] ?? 0;
  if (kbps === 0) return undefined;
  const padding = (third >> 1) & 1;
  const hz = isFirst ? rateHz : version === 2 ? rateHz / 2 : rateHz / 4;
  const bytes = Math.floor(((isFirst ? 144_000 : 72_000) * kbps) / hz) + padding;
  return { container: 'mp3', bytes, kind: (second << 8) | (third & 0x0c) };
}
