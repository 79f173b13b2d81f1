const ALPHABET = '0123456789abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ.-:+=^!/*?&<>()[]{}@%$#';
const KEY_CHARACTERS = 40;

/**
 * Reads the text form of a CURVE key. libzmq takes some texts that are no Z85 (`'x'.repeat(40)` among them), so every key
 * is decoded here before it gets that far.
 *
 * @returns The 32 bytes of the key.
 * @throws {@link Error} that does not repeat the text: it may be a secret.
 * @see https://rfc.zeromq.org/spec/32/
 */
export function decodeKey(text: string): Buffer {
  if (text.length !== KEY_CHARACTERS) {
    throw new Error(`a CURVE key has ${KEY_CHARACTERS} characters, this one has ${text.length}`);
  }
  const bytes = Buffer.alloc(32);
  for (let group = 0; group < KEY_CHARACTERS / 5; group++) {
    let value = 0;
    for (const character of text.slice(group * 5, group * 5 + 5)) {
      const digit = ALPHABET.indexOf(character);
      if (digit === -1) throw new Error('a CURVE key is Z85 text; this one holds another character');
      value = value * 85 + digit;
    }
    if (value > 0xffff_ffff)
      throw new Error('a CURVE key is Z85 text; five characters of this one exceed 32 bits');
    bytes.writeUInt32BE(value, group * 4);
  }
  return bytes;
}

/** @param key - 32 bytes. */
export function encodeKey(key: Buffer): string {
  let text = '';
  for (let offset = 0; offset < key.length; offset += 4) {
    let value = key.readUInt32BE(offset);
    let group = '';
    for (let place = 0; place < 5; place++) {
      group = ALPHABET.charAt(value % 85) + group;
      value = Math.floor(value / 85);
    }
    text += group;
  }
  return text;
}
