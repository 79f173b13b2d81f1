import { expect, test } from 'vitest';
import { sniff } from './sniff.ts';

const bytes = (hex: string, text = '') =>
  Buffer.concat([Buffer.from(hex, 'hex'), Buffer.from(text, 'latin1')]);

test.each([
  ['webm', bytes('1a45dfa3', 'rest')],
  ['ogg', bytes('', 'OggS rest')],
  ['flac', bytes('', 'fLaC rest')],
  ['wav', bytes('', 'RIFF\x01\x02\x03\x04WAVEfmt ')],
  ['mp4', bytes('00000020', 'ftypM4A ')],
  ['mp3', bytes('', 'ID3\x04')],
  ['mp3', bytes('fffb9064', 'rest')],
  ['mp3', bytes('fff3', 'rest')],
  ['adts', bytes('fff15080', 'rest')],
  ['adts', bytes('fff9', 'rest')],
  ['text', bytes('', '<!doctype html>')],
  ['text', bytes('efbbbf', '{"a": "é"}')],
  ['text', bytes('', '#EXTM3U\n')],
  ['text', bytes('', 'ok')],
  ['unknown', bytes('00000000', 'rest')],
  ['unknown', bytes('', 'RIFF\x01\x02\x03\x04AVI LIST')],
  ['unknown', Buffer.alloc(0)],
] as const)('%s is recognised by its first bytes', (expected, head) => {
  expect(sniff(head)).toBe(expected);
});
