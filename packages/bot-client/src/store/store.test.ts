import { mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDatabase } from './database.ts';
import { PanelStore } from './panel-store.ts';
import { RegistrationStore } from './registration-store.ts';

function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'bandstand-bot-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

test('a panel survives closing and opening the database', async () => {
  using folder = temporaryFolder();
  const first = await openDatabase(folder.path);
  const panels = new PanelStore(first, () => 1);
  await panels.save({ guildId: '689241026199552011', channelId: '2', messageId: null, entryId: 'a' });
  await panels.save({ guildId: '689241026199552011', channelId: '2', messageId: '3', entryId: 'b' });
  await panels.save({ guildId: '5', channelId: '6', messageId: '7', entryId: 'c' });
  await panels.forget('5');
  await first.destroy();

  const second = await openDatabase(folder.path);
  expect(await new PanelStore(second, () => 1).all()).toEqual([
    { guildId: '689241026199552011', channelId: '2', messageId: '3', entryId: 'b' },
  ]);
  await second.destroy();
});

test('registrations are kept per application and scope', async () => {
  const db = await openDatabase(':memory:');
  const registrations = new RegistrationStore(db, () => 1);
  expect(await registrations.hashOf('1', 'global')).toBeNull();
  await registrations.save('1', 'global', 'x');
  await registrations.save('1', 'global', 'y');
  expect(await registrations.hashOf('1', 'global')).toBe('y');
  expect(await registrations.hashOf('1', '2')).toBeNull();
  expect(await registrations.hashOf('2', 'global')).toBeNull();
  await db.destroy();
});

test('the file is written ahead and flushed on every commit', async () => {
  using folder = temporaryFolder();
  const db = await openDatabase(folder.path);
  const { sql } = await import('kysely');
  const journal = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(db);
  const synchronous = await sql<{ synchronous: number }>`pragma synchronous`.execute(db);
  expect(journal.rows[0]?.journal_mode).toBe('wal');
  expect(synchronous.rows[0]?.synchronous).toBe(2);
  await db.destroy();
});

test('a damaged file is set aside, told, and an empty database takes its place', async () => {
  using folder = temporaryFolder();
  writeFileSync(join(folder.path, 'bot.sqlite'), 'not a database at all, '.repeat(100));
  const told: string[] = [];
  const db = await openDatabase(folder.path, (file) => told.push(file));
  expect(told).toEqual([expect.stringMatching(/bot\.sqlite\.corrupt-\d+$/)]);
  expect(readFileSync(told[0] ?? '', 'utf8')).toContain('not a database');
  expect(await new PanelStore(db, () => 1).all()).toEqual([]);
  await db.destroy();
});

test('a folder that cannot be used is refused with its name', async () => {
  using folder = temporaryFolder();
  mkdirSync(join(folder.path, 'bot.sqlite'));
  await expect(openDatabase(folder.path)).rejects.toThrow(/bot\.sqlite cannot be opened/);
});
