import { expect, test } from 'vitest';
import { compareVersions, isAtLeast, parseFfmpegVersion, parseYtDlpVersion } from './version.mjs';

test('versions are ordered by number, not by text', () => {
  const ordered = ['9.1', '10.0', '24.9.0', '24.10.0', '24.21.0', '26.0'];
  expect([...ordered].reverse().sort(compareVersions)).toEqual(ordered);
});

test('the date that pip shortens equals the one that yt-dlp prints', () => {
  expect(compareVersions('2026.7.4', '2026.07.04')).toBe(0);
  expect(compareVersions('24.9', '24.9.0')).toBe(0);
});

test.each([
  ['2026.07.03', false],
  ['2026.07.04', true],
  ['2026.08.19', true],
  ['2026.07.04.1', true],
  ['2025.12.31', false],
])('yt-dlp %s is new enough for 2026.07.04: %s', (version, expected) => {
  expect(isAtLeast(version, '2026.07.04')).toBe(expected);
});

test.each([
  ['2026.08.19\n', '2026.08.19'],
  ['2026.08.19.232831\n', '2026.08.19.232831'],
  ['2099.01.01 but not really yt-dlp\n', undefined],
  ['evil 2099.01.01\n', undefined],
  ['2099.01.01\nsecond line\n', undefined],
  ['', undefined],
  ['WARNING: Python 3.9 is too old\n2026.08.19\n', undefined],
])('of %j as the answer to --version, %j is believed', (output, expected) => {
  expect(parseYtDlpVersion(output)).toBe(expected);
});

test.each([
  ['ffmpeg version 5.1.9-0+deb12u1 Copyright (c) 2000-2026 the FFmpeg developers', '5.1.9'],
  ['ffmpeg version n7.1 Copyright', '7.1'],
  ['ffprobe version 8.0.1-essentials_build-www.gyan.dev Copyright', '8.0.1'],
  ['ffmpeg version N-117000-g1234567 Copyright', '999'],
  ['ffmpeg version 2026-05-01-git-abcdef Copyright', '999'],
  ['avconv version 9', undefined],
  ['', undefined],
])('%j is release %j', (output, expected) => {
  expect(parseFfmpegVersion(output)).toBe(expected);
});
