import { createCipheriv, createDecipheriv, createSecretKey, type KeyObject } from 'node:crypto';
import { xchacha20poly1305 } from '@noble/ciphers/chacha.js';
import { VoiceEncryptionMode } from 'discord-api-types/voice/v8';

/** The modes that survived 2024-11-18. XChaCha20 is always offered by Discord, AES-256-GCM where the hardware has it. */
export const TRANSPORT_MODES = [
  VoiceEncryptionMode.AeadAes256GcmRtpSize,
  VoiceEncryptionMode.AeadXChaCha20Poly1305RtpSize,
] as const;

export type TransportMode = (typeof TRANSPORT_MODES)[number];

export function isTransportMode(mode: string): mode is TransportMode {
  return (TRANSPORT_MODES as readonly string[]).includes(mode);
}

/** Seals RTP payloads the way both sides of one voice session agreed on. */
export interface TransportCipher {
  readonly mode: TransportMode;
  /** @returns The payload, or `undefined` when the tag does not verify. */
  open(sealed: Buffer, header: Buffer, nonce: Buffer): Buffer | undefined;
  /** @returns Ciphertext and tag. */
  seal(payload: Buffer, header: Buffer, nonce: Buffer): Buffer;
}

/** @param key - 32 bytes. */
export function createTransportCipher(mode: TransportMode, key: Buffer): TransportCipher {
  return mode === VoiceEncryptionMode.AeadAes256GcmRtpSize ? new AesGcm(key) : new XChaCha(key);
}

const TAG_BYTES = 16;

class AesGcm implements TransportCipher {
  readonly mode = VoiceEncryptionMode.AeadAes256GcmRtpSize;
  // A KeyObject, because createDecipheriv with a raw key costs four times as much on Node 24.18 to 24.21.
  readonly #key: KeyObject;
  readonly #iv = Buffer.alloc(12);

  constructor(key: Buffer) {
    this.#key = createSecretKey(key);
  }

  open(sealed: Buffer, header: Buffer, nonce: Buffer): Buffer | undefined {
    nonce.copy(this.#iv);
    const decipher = createDecipheriv('aes-256-gcm', this.#key, this.#iv);
    decipher.setAAD(header);
    decipher.setAuthTag(sealed.subarray(sealed.length - TAG_BYTES));
    const payload = decipher.update(sealed.subarray(0, sealed.length - TAG_BYTES));
    try {
      decipher.final();
    } catch {
      return undefined; // the tag did not verify: that is the answer, not a failure of ours
    }
    return payload;
  }

  seal(payload: Buffer, header: Buffer, nonce: Buffer): Buffer {
    nonce.copy(this.#iv);
    const cipher = createCipheriv('aes-256-gcm', this.#key, this.#iv);
    cipher.setAAD(header);
    return Buffer.concat([cipher.update(payload), cipher.final(), cipher.getAuthTag()]);
  }
}

class XChaCha implements TransportCipher {
  readonly mode = VoiceEncryptionMode.AeadXChaCha20Poly1305RtpSize;
  readonly #key: Buffer;
  readonly #iv = Buffer.alloc(24);

  constructor(key: Buffer) {
    this.#key = key;
  }

  open(sealed: Buffer, header: Buffer, nonce: Buffer): Buffer | undefined {
    nonce.copy(this.#iv);
    try {
      return asBuffer(xchacha20poly1305(this.#key, this.#iv, header).decrypt(sealed));
    } catch {
      return undefined; // the tag did not verify: that is the answer, not a failure of ours
    }
  }

  seal(payload: Buffer, header: Buffer, nonce: Buffer): Buffer {
    nonce.copy(this.#iv);
    return asBuffer(xchacha20poly1305(this.#key, this.#iv, header).encrypt(payload));
  }
}

function asBuffer(bytes: Uint8Array): Buffer {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.byteLength);
}
