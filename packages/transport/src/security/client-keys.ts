import { checkPair, readKeyFile } from './key-files.ts';
import type { ConnectSecurity } from './transport-security.ts';

/** What a connecting socket is built with. */
export type ClientKeyOptions =
  | { readonly curveServerKey: string; readonly curvePublicKey: string; readonly curveSecretKey: string }
  | Record<never, never>;

/** Reads the keys as they are on disk now, so that a rotated key is used by the next socket. */
export function readClientKeys(security: ConnectSecurity): ClientKeyOptions {
  if (security.mechanism === 'none') return {};
  const { publicKey, secretKey } = checkPair(security.secretKeyFile, security.publicKeyFile);
  const curveServerKey = readKeyFile(security.serverPublicKeyFile);
  return { curveServerKey, curvePublicKey: publicKey, curveSecretKey: secretKey };
}

export function clientKeyFiles(security: ConnectSecurity): readonly string[] {
  if (security.mechanism === 'none') return [];
  return [security.secretKeyFile, security.publicKeyFile, security.serverPublicKeyFile];
}
