import {
  createHash,
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  type KeyObject,
  sign,
  verify,
} from 'node:crypto';
import { u16, vector } from './tls-codec.ts';

/** Labels and keys of MLS ciphersuite 2 (P-256, AES-128-GCM, SHA-256), the only one DAVE 1 uses. */

const POINT_BYTES = 65;
const UNCOMPRESSED = 0x04;

export interface SignatureKeyPair {
  readonly privateKey: KeyObject;
  /** 65 bytes: an uncompressed point. */
  readonly publicKey: Buffer;
}

export function generateSignatureKeyPair(): SignatureKeyPair {
  const { privateKey, publicKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
  const { x = '', y = '' } = publicKey.export({ format: 'jwk' });
  const point = Buffer.concat([
    Buffer.from([UNCOMPRESSED]),
    Buffer.from(x, 'base64url'),
    Buffer.from(y, 'base64url'),
  ]);
  return { privateKey, publicKey: point };
}

/** @returns `undefined` for what is no point of the curve. */
export function importPublicKey(point: Buffer): KeyObject | undefined {
  if (point.length !== POINT_BYTES || point[0] !== UNCOMPRESSED) return undefined;
  const x = point.subarray(1, 33).toString('base64url');
  const y = point.subarray(33).toString('base64url');
  try {
    return createPublicKey({ format: 'jwk', key: { kty: 'EC', crv: 'P-256', x, y } });
  } catch {
    return undefined; // not on the curve
  }
}

/** SignWithLabel: ECDSA with SHA-256, DER. @see https://www.rfc-editor.org/rfc/rfc9420#section-5.1.2 */
export function signWithLabel(key: KeyObject, label: string, content: Buffer): Buffer {
  return sign('sha256', labelled(label, content), key);
}

export function verifyWithLabel(point: Buffer, label: string, content: Buffer, signature: Buffer): boolean {
  const key = importPublicKey(point);
  return key !== undefined && verify('sha256', labelled(label, content), key, signature);
}

/** RefHash. @see https://www.rfc-editor.org/rfc/rfc9420#section-5.2 */
export function referenceOf(label: 'KeyPackage' | 'Proposal', value: Buffer): Buffer {
  return createHash('sha256')
    .update(vector(Buffer.from(`MLS 1.0 ${label} Reference`)))
    .update(vector(value))
    .digest();
}

/** ExpandWithLabel. @see https://www.rfc-editor.org/rfc/rfc9420#section-8 */
export function expandWithLabel(secret: Buffer, label: string, context: Buffer, length: number): Buffer {
  const info = Buffer.concat([u16(length), vector(Buffer.from(`MLS 1.0 ${label}`)), vector(context)]);
  // HKDF-Expand alone: one block of SHA-256 is all that is ever asked for.
  return createHmac('sha256', secret)
    .update(info)
    .update(Buffer.from([1]))
    .digest()
    .subarray(0, length);
}

function labelled(label: string, content: Buffer): Buffer {
  return Buffer.concat([vector(Buffer.from(`MLS 1.0 ${label}`)), vector(content)]);
}
