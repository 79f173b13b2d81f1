import { createPrivateKey, createPublicKey } from 'node:crypto';
import * as zmq from 'zeromq';
import { decodeKey, encodeKey } from './z85.ts';

/** A CURVE key pair, each key as 40 characters of Z85. */
export interface KeyPair {
  readonly publicKey: string;
  readonly secretKey: string;
}

export function generateKeyPair(): KeyPair {
  return zmq.curveKeyPair();
}

/** PKCS #8 around a raw X25519 key (RFC 8410, section 7). */
const X25519_PKCS8 = Buffer.from('302e020100300506032b656e04220420', 'hex');

/** The public key that belongs to a secret one: CURVE keys are X25519 keys. */
export function publicKeyOf(secretKey: string): string {
  const der = Buffer.concat([X25519_PKCS8, decodeKey(secretKey)]);
  const publicDer = createPublicKey(createPrivateKey({ key: der, format: 'der', type: 'pkcs8' })).export({
    format: 'der',
    type: 'spki',
  });
  return encodeKey(publicDer.subarray(-32));
}
