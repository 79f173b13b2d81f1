import { mkdir, mkdtemp, readdir, rm, stat, symlink, utimes, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { prepareScriptCache } from './script-cache.ts';

const DAY_MS = 24 * 3_600_000;
const nowMs = Date.UTC(2026, 5, 1);
const now = () => nowMs;

let parent: string;
let folder: string;

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'script-cache-test-'));
  folder = join(parent, 'a', 'cache');
});

afterEach(() => rm(parent, { recursive: true }));

async function write(section: string, name: string, bytes: number, ageMs: number): Promise<void> {
  await mkdir(join(folder, section), { recursive: true });
  const path = join(folder, section, name);
  await writeFile(path, Buffer.alloc(bytes));
  const writtenAt = new Date(nowMs - ageMs);
  await utimes(path, writtenAt, writtenAt);
}

test('the folder is made for us alone', async () => {
  expect(await prepareScriptCache({ folder })).toBe(folder);
  expect((await stat(folder)).mode & 0o777).toBe(0o700);
});

test('what is old goes, and so does what somebody began to write long ago', async () => {
  await write('challenge-solver', 'player.json', 10, 29 * DAY_MS);
  await write('challenge-solver', 'old.json', 10, 31 * DAY_MS);
  await write('youtube-sigfuncs', 'a.json.x1.tmp', 10, 2 * 3_600_000);
  await write('youtube-sigfuncs', 'b.json.x2.tmp', 10, 1_000);
  await prepareScriptCache({ folder, now });
  expect(await readdir(join(folder, 'challenge-solver'))).toEqual(['player.json']);
  expect(await readdir(join(folder, 'youtube-sigfuncs'))).toEqual(['b.json.x2.tmp']);
});

test('beyond the size that is allowed, the newest stay', async () => {
  for (const age of [3, 1, 2]) await write('challenge-solver', `${age}.json`, 400, age * DAY_MS);
  await prepareScriptCache({ folder, now, maxBytes: 1_000 });
  expect((await readdir(join(folder, 'challenge-solver'))).sort()).toEqual(['1.json', '2.json']);
});

test('a link is not followed', async () => {
  const elsewhere = join(parent, 'elsewhere');
  await mkdir(elsewhere);
  await writeFile(join(elsewhere, 'mine.json'), 'x');
  await mkdir(folder, { recursive: true });
  await symlink(elsewhere, join(folder, 'section'));
  await prepareScriptCache({ folder, now: () => nowMs + 10_000 * DAY_MS });
  expect(await readdir(elsewhere)).toEqual(['mine.json']);
});

test('a file in its place, and a name that yt-dlp would read otherwise, are refused', async () => {
  const file = join(parent, 'file');
  await writeFile(file, 'x');
  await expect(prepareScriptCache({ folder: file })).rejects.toThrow('EEXIST');
  await expect(prepareScriptCache({ folder: join(parent, '$HOME') })).rejects.toThrow('"$"');
});
