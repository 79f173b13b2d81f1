import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';
import { ROWS } from './rows.ts';

/** For a machine that does much else; alone it takes two seconds. */
const DEADLINE_MS = 60_000;

const run = (args: readonly string[]) =>
  promisify(execFile)(execPath, [join(import.meta.dirname, 'main.ts'), ...args], {
    timeout: DEADLINE_MS - 5_000,
  });

test('a quick look at one row prints its table', { timeout: DEADLINE_MS }, async () => {
  const { stdout } = await run(['--quick', '--only', 'channel']);
  expect(stdout).toMatch(/\| command, ipc \| \d+ \| \d+ \| \d+ \| [\d.]+ \|/);
});

test('a row that does not exist is refused, and the others are named', { timeout: DEADLINE_MS }, async () => {
  await expect(run(['--only', 'sned'])).rejects.toMatchObject({
    code: 2,
    stderr: expect.stringContaining('no such row: sned; there are send, streams'),
  });
});

test('every row has its place in the document', async () => {
  const text = await readFile(join(import.meta.dirname, '../docs/benchmarks.md'), 'utf8');
  const placed = Array.from(
    text.matchAll(/<!-- bench:([\w-]+) -->[\s\S]*?<!-- \/bench:\1 -->/g),
    ([, name]) => name,
  );
  expect(placed).toEqual(ROWS.map(({ name }) => name));
});
