import { readFileSync } from 'node:fs';
import { expect, test } from 'vitest';
import { MINIMUM_NODE, NODE_PACKAGES, PNPM, YT_DLP } from './pins.mjs';
import { projectRoot } from './setup.mjs';
import { compareVersions, isAtLeast } from './version.mjs';

const manifest = JSON.parse(readFileSync(`${projectRoot}/package.json`, 'utf8'));

test('the oldest Node that set-up accepts is the one package.json states', () => {
  expect(manifest.engines.node).toBe(`>=${MINIMUM_NODE}`);
});

test('pnpm is the version package.json states', () => {
  expect(manifest.packageManager).toBe(`pnpm@${PNPM.version}`);
});

test('every Node that set-up may install is new enough to run the project', () => {
  const tooOld = Object.entries(NODE_PACKAGES).filter(([, { version }]) => !isAtLeast(version, MINIMUM_NODE));
  expect(tooOld).toEqual([]);
});

test('every npm pin carries a SHA-512 checksum', () => {
  for (const { integrity } of [PNPM, ...Object.values(NODE_PACKAGES)]) {
    expect(integrity).toMatch(/^sha512-[A-Za-z0-9+/]{86}==$/);
  }
});

test('yt-dlp is the version of the hash-checked requirements file, and no older than the minimum', () => {
  const requirements = readFileSync(`${projectRoot}/deploy/yt-dlp-requirements.txt`, 'utf8');
  const required = /^yt-dlp==(\S+)/m.exec(requirements)?.[1] ?? '';
  expect(compareVersions(required, YT_DLP.version)).toBe(0);
  expect(isAtLeast(YT_DLP.version, YT_DLP.minimum)).toBe(true);
});
