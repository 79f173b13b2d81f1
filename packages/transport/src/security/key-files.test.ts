import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { temporaryFolder } from '../../test/transports.ts';
import { readAllowedKeys } from './allowed-keys.ts';
import { checkPair, KEY_FILES, readKeyFile, writeKeyFiles } from './key-files.ts';
import { generateKeyPair, publicKeyOf } from './key-pair.ts';
import { decodeKey, encodeKey } from './z85.ts';

test('a key survives its text form, and its public half follows from the secret one', () => {
  for (let index = 0; index < 50; index++) {
    const { publicKey, secretKey } = generateKeyPair();
    expect(encodeKey(decodeKey(publicKey))).toBe(publicKey);
    expect(publicKeyOf(secretKey)).toBe(publicKey);
  }
});

test('the text form is that of ZeroMQ RFC 32', () => {
  const bytes = Buffer.from('864fd26fb559f75b'.repeat(4), 'hex');
  expect(encodeKey(bytes)).toBe('HelloWorld'.repeat(4));
  expect(decodeKey('HelloWorld'.repeat(4))).toEqual(bytes);
});

test.each([
  ['too short', 'x'.repeat(39), 'has 40 characters, this one has 39'],
  ['too long', 'x'.repeat(41), 'has 40 characters, this one has 41'],
  ['of another alphabet', `${'x'.repeat(39)}"`, 'holds another character'],
  ['more than 32 bits in five characters', '#'.repeat(40), 'exceed 32 bits'],
])('a key that is %s is refused without being repeated', (_name, text, message) => {
  expect(() => decodeKey(text)).toThrow(message);
  expect(() => decodeKey(text)).not.toThrow(text);
});

test('both pairs are written once, secrets for their owner alone, and only what is asked for is rotated', async () => {
  await using folder = await temporaryFolder();
  const path = join(folder.path, 'keys');
  const content = () =>
    Promise.all(
      [KEY_FILES.player, KEY_FILES.bot].flatMap((names) =>
        [names.secret, names.public].map((name) => readFile(join(path, name), 'utf8')),
      ),
    );

  expect(await writeKeyFiles(path)).toEqual(['player', 'bot']);
  const first = await content();
  expect(await writeKeyFiles(path)).toEqual([]);
  expect(await content()).toEqual(first);
  expect(await writeKeyFiles(path, { rotate: ['bot'] })).toEqual(['bot']);
  const second = await content();

  expect(second.slice(0, 2)).toEqual(first.slice(0, 2));
  expect(second.slice(2)).not.toEqual(first.slice(2));
  expect(await writeKeyFiles(path, { rotate: true })).toEqual(['player', 'bot']);
  expect(first.every((text) => /^\S{40}\n$/.test(text))).toBe(true);
  for (const { secret, public: open } of Object.values(KEY_FILES)) {
    expect((await stat(join(path, secret))).mode & 0o777).toBe(0o600);
    expect((await stat(join(path, open))).mode & 0o777).toBe(0o644);
  }
});

test('a half or mixed pair is not overwritten unasked', async () => {
  await using folder = await temporaryFolder();
  const secretFile = join(folder.path, KEY_FILES.bot.secret);
  const publicFile = join(folder.path, KEY_FILES.bot.public);
  await writeFile(secretFile, generateKeyPair().secretKey);

  await expect(writeKeyFiles(folder.path)).rejects.toThrow(`key file ${publicFile} cannot be read: ENOENT`);
  await writeFile(publicFile, generateKeyPair().publicKey);
  await expect(writeKeyFiles(folder.path)).rejects.toThrow(
    `${publicFile} is not the public key of ${secretFile}`,
  );
  await writeKeyFiles(folder.path, { rotate: ['bot'] });
  checkPair(secretFile, publicFile);
});

test('a wrong key file is named, its content is not', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'x.key');
  expect(() => readKeyFile(file)).toThrow(`key file ${file} cannot be read: ENOENT`);
  await mkdir(join(folder.path, 'd'));
  expect(() => readKeyFile(join(folder.path, 'd'))).toThrow('EISDIR');
  await writeFile(file, 'hunter2');

  expect(() => readKeyFile(file)).toThrow(`key file ${file}: a CURVE key has 40 characters, this one has 7`);
  expect(() => readKeyFile(file)).not.toThrow('hunter2');
});

test('a list of keys has one per line, with comments; a wrong line is named by its number', async () => {
  await using folder = await temporaryFolder();
  const file = join(folder.path, 'allowed');
  const [a, b] = [generateKeyPair().publicKey, generateKeyPair().publicKey];
  const inside = `${a.slice(0, 5)}1234#${a.slice(10)}`; // '#' is a character of keys too
  await writeFile(file, `# bots\n\n${a}\r\n  ${b}  # the second one\n#${'-'.repeat(40)}\n${inside}\n`);
  expect(readAllowedKeys(file)).toEqual(new Set([a, b, inside]));

  await writeFile(file, `${a}\nno key\n`);
  expect(() => readAllowedKeys(file)).toThrow(`key list ${file}, line 2: a CURVE key has 40 characters`);
});
