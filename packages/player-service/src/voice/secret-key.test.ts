import { KeyObject } from 'node:crypto';
import type { ConnectionData } from '@discordjs/voice';
import { VoiceEncryptionMode } from 'discord-api-types/voice/v8';
import { expect, test } from 'vitest';
import { wrapSecretKey } from './secret-key.ts';

const withMode = (encryptionMode: string) =>
  ({ encryptionMode, secretKey: new Uint8Array(32).fill(7) }) as unknown as ConnectionData;

test('a GCM key becomes a KeyObject with the same bytes, once', () => {
  const data = withMode(VoiceEncryptionMode.AeadAes256GcmRtpSize);
  wrapSecretKey(data);
  const wrapped: unknown = data.secretKey;
  wrapSecretKey(data);
  expect(data.secretKey).toBe(wrapped);
  expect(wrapped).toBeInstanceOf(KeyObject);
  expect((wrapped as KeyObject).export()).toEqual(Buffer.alloc(32, 7));
});

test('an XChaCha20 key stays bytes, as its library needs it', () => {
  const data = withMode(VoiceEncryptionMode.AeadXChaCha20Poly1305RtpSize);
  wrapSecretKey(data);
  expect(data.secretKey).toBeInstanceOf(Uint8Array);
});
