import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { MediaFolder } from '../../../test/audio/media-folder.ts';
import { signatureInStream } from './mpeg-frames.ts';

test.each([
  ['mp3', 48_000, ['-c:a', 'libmp3lame', '-b:a', '128k']],
  ['mp3', 44_100, ['-c:a', 'libmp3lame', '-b:a', '320k']],
  ['mp3', 44_100, ['-c:a', 'libmp3lame', '-q:a', '4']],
  ['mp3', 22_050, ['-c:a', 'libmp3lame', '-b:a', '32k']],
  ['mp3', 11_025, ['-c:a', 'libmp3lame', '-b:a', '16k']],
  ['adts', 48_000, ['-c:a', 'aac', '-b:a', '128k', '-f', 'adts']],
  ['adts', 32_000, ['-c:a', 'aac', '-b:a', '48k', '-f', 'adts']],
] as const)('%s at %i Hz is told from any place in it', async (container, rateHz, args) => {
  await using folder = await MediaFolder.create();
  const bytes = await readFile(await folder.tone(`a.${container}`, args, { seconds: 4, rateHz }));
  for (let at = 3_001; at < bytes.length - 8_192; at += 997) {
    expect(signatureInStream(bytes.subarray(at, at + 8_192))?.container).toBe(container);
  }
});

test('a place where MP3 looks like the beginning of ADTS is still MP3', async () => {
  await using folder = await MediaFolder.create();
  const bytes = await readFile(await folder.tone('a.mp3', ['-b:a', '128k']));
  const joined = Buffer.concat([Buffer.from('fff96ffc140ef847', 'hex'), bytes.subarray(3_001, 9_000)]);
  expect(signatureInStream(joined)?.container).toBe('mp3');
});

test.each([
  ['zeros', Buffer.alloc(16_384)],
  ['ones', Buffer.alloc(16_384, 0xff)],
  ['noise', Buffer.from(Uint8Array.from({ length: 16_384 }, (_, i) => (i * i * 31 + i * 7) >> 3))],
  ['a page', Buffer.from('<html>'.repeat(2_000))],
  ['nothing', Buffer.alloc(0)],
])('%s are no sound', (_what, bytes) => {
  expect(signatureInStream(bytes)).toBeUndefined();
});
