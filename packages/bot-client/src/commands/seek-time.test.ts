import { expect, test } from 'vitest';
import { parseSeekTime } from './seek-time.ts';

test.each([
  ['0', 0],
  ['90', 90_000],
  ['90.5', 90_500],
  ['1:30', 90_000],
  ['01:05', 65_000],
  ['75:00', 4_500_000],
  ['1:02:03', 3_723_000],
  ['1:2:3', 3_723_000],
  ['1m30s', 90_000],
  ['2 min', 120_000],
  ['1h', 3_600_000],
  ['45s', 45_000],
  ['  1:30  ', 90_000],
])('%j is a position of %d ms', (text, ms) => {
  expect(parseSeekTime(text)).toEqual({ kind: 'absolute', ms });
});

test.each([
  ['+15', 15_000],
  ['-10', -10_000],
  ['−10', -10_000],
  ['+ 1:00', 60_000],
  ['-1m', -60_000],
])('%j is a distance of %d ms', (text, ms) => {
  expect(parseSeekTime(text)).toEqual({ kind: 'relative', ms });
});

test.each([
  '',
  ' ',
  '+',
  ':',
  '1:',
  ':30',
  '1:60',
  '1:61:00',
  '1:2:3:4',
  'abc',
  '1e3',
  '0x10',
  'NaN',
  '--5',
  '+-5',
  '99999999',
  '1,5',
  'm',
  '٣',
])('%j is no time', (text) => {
  expect(parseSeekTime(text)).toBeNull();
});
