import { PlayerError } from '@bandstand/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { cleanText } from './clean-text.ts';
import { parseQuery, tryParseQuery } from './query.ts';

describe('a query', () => {
  test.each([
    ['never gonna give you up', 'words', 'never gonna give you up'],
    ['  spaces around  ', 'words', 'spaces around'],
    ['AC/DC: Thunderstruck', 'words', 'AC/DC: Thunderstruck'],
    ['--exec id', 'words', '--exec id'],
    ['ytsearch9999:everything', 'words', 'ytsearch9999:everything'],
    [':ytfav', 'words', ':ytfav'],
    ['👨‍👩‍👧 семья', 'words', '👨‍👩‍👧 семья'],
    ['albums/one.flac', 'file', 'albums/one.flac'],
    ['https://youtu.be/abc?x=1#t=3', 'url', 'https://youtu.be/abc?x=1'],
    ['<https://youtu.be/abc>', 'url', 'https://youtu.be/abc'],
    ['HTTP://EXAMPLE.com', 'url', 'http://example.com/'],
    ['http://exämple.com/ä b', 'url', 'http://xn--exmple-cua.com/%C3%A4%20b'],
    ['http://2130706433/', 'url', 'http://127.0.0.1/'],
  ])('%j is %s', (typed, type, text) => {
    expect(parseQuery(typed)).toMatchObject({ type, text });
  });

  test.each([
    ['', 'QUERY_INVALID'],
    ['   ', 'QUERY_INVALID'],
    ['a\0b', 'QUERY_INVALID'],
    ['a\nb', 'QUERY_INVALID'],
    ['a\u202eb', 'QUERY_INVALID'],
    ['\ud800', 'QUERY_INVALID'],
    ['x'.repeat(501), 'QUERY_INVALID'],
    [`https://a.example/${'x'.repeat(2_048)}`, 'QUERY_INVALID'],
    [`https://a.example/${'ä'.repeat(1_000)}`, 'QUERY_INVALID'],
    ['https://', 'QUERY_INVALID'],
    ['https://user:pass@a.example/', 'QUERY_INVALID'],
    ['http://a.example:99999/', 'QUERY_INVALID'],
    ['file:///etc/passwd', 'UNSUPPORTED_URL'],
    ['ftp://a.example/x', 'UNSUPPORTED_URL'],
    ['concat://a|b', 'UNSUPPORTED_URL'],
  ])('%j is refused with %s', (typed, code) => {
    expect(() => parseQuery(typed)).toThrow(expect.objectContaining({ code }));
    expect(tryParseQuery(typed)).toBeUndefined();
  });

  test('whatever is typed is either refused with a code or harmless and stable', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'binary', maxLength: 600 }), (typed) => {
        try {
          const query = parseQuery(typed);
          expect(query.text).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
          expect(query.text.length).toBeLessThanOrEqual(2_048);
          expect(parseQuery(query.text).text).toBe(query.text);
        } catch (error) {
          expect(error).toBeInstanceOf(PlayerError);
        }
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('text from a site', () => {
  test('is one line, in reading order, and bounded', () => {
    expect(cleanText('a\r\n\tb\u202ec', 50)).toBe('a b c');
    expect(cleanText('x'.repeat(1_000_000), 500)).toHaveLength(500);
    expect(cleanText(`${'x'.repeat(9)}😀`, 10)?.isWellFormed()).toBe(true);
  });

  test.each([undefined, null, 5, {}, '', ' \u200b '])('%j is no text', (value) => {
    expect(cleanText(value, 10)).toBeUndefined();
  });
});
