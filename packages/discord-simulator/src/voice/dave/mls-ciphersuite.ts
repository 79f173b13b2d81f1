import { createPrivateKey, sign, verify } from 'node:crypto';
import type { CiphersuiteImpl, Signature } from 'ts-mls';
import { getCiphersuiteFromName } from 'ts-mls/crypto/ciphersuite.js';
import { defaultCryptoProvider } from 'ts-mls/crypto/implementation/default/provider.js';
import { generateSignatureKeyPair, importPublicKey } from './mls-crypto.ts';

/** Keys as ts-mls passes them around: PKCS #8 for signing, an uncompressed point for verifying. */
const p256: Signature = {
  async sign(signKey, message) {
    const key = createPrivateKey({ key: Buffer.from(signKey), format: 'der', type: 'pkcs8' });
    return new Uint8Array(sign('sha256', message, key));
  },
  async verify(publicKey, message, signature) {
    const key = importPublicKey(Buffer.from(publicKey));
    return key !== undefined && verify('sha256', message, key, signature);
  },
  async keygen() {
    const { privateKey, publicKey } = generateSignatureKeyPair();
    return {
      signKey: new Uint8Array(privateKey.export({ format: 'der', type: 'pkcs8' })),
      publicKey: new Uint8Array(publicKey),
    };
  },
};

/**
 * Ciphersuite 2 for ts-mls, signatures by OpenSSL.
 *
 * ts-mls 1.6.4 signs P-256 through the optional `@noble/curves`, whose key generation yields compressed points, which
 * no DAVE client takes; so its provider is asked for Ed25519, which it has without, and the signatures are replaced.
 */
export async function createDaveCiphersuite(): Promise<CiphersuiteImpl> {
  const suite = getCiphersuiteFromName('MLS_128_DHKEMP256_AES128GCM_SHA256_P256');
  const provided = await defaultCryptoProvider.getCiphersuiteImpl({ ...suite, signature: 'Ed25519' });
  return { ...provided, signature: p256, name: suite.name };
}
