import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import SqliteDriver from 'better-sqlite3';
import { expect, onTestFinished, test } from 'vitest';
import { SqliteThread } from './sqlite-thread.ts';

async function start() {
  const folder = mkdtempSync(join(tmpdir(), 'bandstand-sqlite-thread-'));
  const file = join(folder, 'test.sqlite');
  const thread = new SqliteThread({ file, busyMs: 0 });
  onTestFinished(async () => {
    await thread.close();
    rmSync(folder, { recursive: true });
  });
  expect(await thread.open()).toEqual({ type: 'opened', setAside: undefined });
  const run = (sql: string, isInside = false) => thread.run({ sql, parameters: [] }, isInside);
  await run('create table words (word text not null unique)');
  const words = async () => (await run('select word from words order by word')).rows;
  const write = (...list: (string | null)[]) =>
    thread.write(list.map((word) => ({ sql: 'insert into words values (?)', parameters: [word] })));
  return { thread, file, run, words, write };
}

test('statements answer with what they read or changed', async () => {
  const { run } = await start();
  expect(await run("insert into words values ('a'), ('b')")).toMatchObject({ changes: 2, rows: [] });
  expect(await run('select word from words')).toMatchObject({ rows: [{ word: 'a' }, { word: 'b' }] });
});

test('of statements that are written together, one that fails takes all of them back, and says why', async () => {
  const { write, words } = await start();
  await write('a', 'b');
  await expect(write('c', 'd', null)).rejects.toMatchObject({ code: 'SQLITE_CONSTRAINT_NOTNULL' });
  await expect(write('e', 'a')).rejects.toBeInstanceOf(SqliteDriver.SqliteError);
  expect(await words()).toEqual([{ word: 'a' }, { word: 'b' }]);
});

test('what is asked for at the same time is done in that order', async () => {
  const { write, words } = await start();
  await Promise.all(Array.from({ length: 50 }, (_, index) => write(`w${index}`, `x${index}`)));
  expect(await words()).toHaveLength(100);
});

test('a statement of a transaction that is gone changes nothing', async () => {
  const { run, words } = await start();
  await expect(run("insert into words values ('a')", true)).rejects.toMatchObject({ code: 'SQLITE_ABORT' });
  expect(await words()).toEqual([]);
});

test('a file that somebody else has is refused; once closed, it is free', async () => {
  const { thread, file } = await start();
  const other = new SqliteThread({ file, busyMs: 0 });
  onTestFinished(() => other.close());
  expect(await other.open()).toMatchObject({ type: 'refused', isTaken: true });
  await thread.close();
  expect(await other.open()).toMatchObject({ type: 'opened' });
});
