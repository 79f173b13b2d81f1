import { expect, test } from 'vitest';
import { markdownText, plainText } from './hostile-text.ts';

test.each([
  ['@everyone', '\\@everyone'],
  ['<@123> <@&5> </play:1> <t:0:R>', '\\<\\@123\\> \\<\\@&5\\> \\</play:1\\> \\<t:0:R\\>'],
  ['[free nitro](https://evil.test)', '\\[free nitro\\]\\(https\\://evil.test\\)'],
  ['# Heading', '\\# Heading'],
  ['-# small', '-\\# small'],
  ['> quote', '\\> quote'],
  ['1. list', '1\\. list'],
  ['- list', '\\- list'],
  [
    '**b** __u__ ~~s~~ ||spoiler|| `code`',
    '\\*\\*b\\*\\* \\_\\_u\\_\\_ \\~\\~s\\~\\~ \\|\\|spoiler\\|\\| \\`code\\`',
  ],
  ['back\\slash', 'back\\\\slash'],
  ['AC/DC - T.N.T. (Live)', 'AC/DC - T.N.T. \\(Live\\)'],
  ['line one\nline two\r\n\tthree', 'line one line two three'],
  ['Bidi \u202egpj.exe\u202c \u2066x\u2069', 'Bidi gpj.exe x'],
  ['z\u200be\u200dr\u200co \ufeffwidth\u00ad', 'zero width'],
  ['nul\u0000 bell\u0007', 'nul bell'],
  ['lone \ud800 half', 'lone \ufffd half'],
])('%j is shown literally', (raw, shown) => {
  expect(markdownText(raw, 256)).toBe(shown);
});

test('towers of combining marks are cut down', () => {
  expect(plainText(`a${'\u0301'.repeat(500)}b`, 256)).toBe(`a${'\u0301'.repeat(3)}b`);
});

test('a long text is clipped within the limit and never ends in half an escape', () => {
  const text = markdownText('*'.repeat(400), 256);
  expect(text.length).toBeLessThanOrEqual(256);
  expect(text).toMatch(/^(?:\\\*)+…$/);
});

test('a surrogate pair is not cut in half', () => {
  expect(plainText('🎵'.repeat(10), 6)).toBe('🎵🎵…');
});

test('plain text keeps markdown characters: nothing interprets them there', () => {
  expect(plainText('[x](y) *z*', 100)).toBe('[x](y) *z*');
});
