import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresCluster, postgresFolder } from '@bandstand/test-support';
import { sql } from 'kysely';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DatabaseOptions, openDatabase } from './database.ts';
import { DatabaseRefused } from './database-refused.ts';
import { PanelStore } from './panel-store.ts';
import { RegistrationStore } from './registration-store.ts';

function temporaryFolder(): Disposable & { readonly path: string } {
  const path = mkdtempSync(join(tmpdir(), 'bandstand-bot-'));
  return { path, [Symbol.dispose]: () => rmSync(path, { recursive: true }) };
}

/** What every database must do alike; `place` is a new, empty one each time. */
function storesBehave(place: () => Promise<DatabaseOptions & Disposable>): void {
  test('a panel survives closing and opening the database', async () => {
    using where = await place();
    const first = await openDatabase(where);
    const panels = new PanelStore(first, () => 1);
    await panels.save({ guildId: '689241026199552011', channelId: '2', messageId: null, entryId: 'a' });
    await panels.save({ guildId: '689241026199552011', channelId: '2', messageId: '3', entryId: 'b' });
    await panels.save({ guildId: '5', channelId: '6', messageId: '7', entryId: 'c' });
    await panels.forget('5');
    await first.destroy();

    const second = await openDatabase(where);
    expect(await new PanelStore(second, () => 1).all()).toEqual([
      { guildId: '689241026199552011', channelId: '2', messageId: '3', entryId: 'b' },
    ]);
    await second.destroy();
  });

  test('registrations are kept per application and scope', async () => {
    using where = await place();
    const db = await openDatabase(where);
    const registrations = new RegistrationStore(db, Date.now);
    expect(await registrations.hashOf('1', 'global')).toBeNull();
    await registrations.save('1', 'global', 'x');
    await registrations.save('1', 'global', 'y');
    await registrations.save('1', '2', 'z');
    expect(await registrations.hashOf('1', 'global')).toBe('y');
    expect(await registrations.hashOf('2', 'global')).toBeNull();
    expect(await registrations.scopesOf('1')).toEqual(['2', 'global']);
    await registrations.forget('1', '2');
    expect(await registrations.scopesOf('1')).toEqual(['global']);
    await db.destroy();
  });

  test('a database that a newer bot wrote is refused and left as it is', async () => {
    using where = await place();
    const newer = await openDatabase(where);
    await sql`insert into bot_migrations (name, timestamp) values ('9999-of-the-future', '2099')`.execute(
      newer,
    );
    await newer.destroy();
    await expect(openDatabase(where)).rejects.toThrow(DatabaseRefused);
    await expect(openDatabase(where)).rejects.toThrow('newer');
  });
}

describe('in a file', () => {
  storesBehave(async () => {
    const folder = temporaryFolder();
    return { url: null, dataDir: folder.path, [Symbol.dispose]: () => folder[Symbol.dispose]() };
  });

  test('every commit is written ahead and flushed, and closing leaves nothing but the file', async () => {
    using folder = temporaryFolder();
    const db = await openDatabase({ url: null, dataDir: folder.path });
    const journal = await sql<{ journal_mode: string }>`pragma journal_mode`.execute(db);
    const synchronous = await sql<{ synchronous: number }>`pragma synchronous`.execute(db);
    expect(journal.rows[0]?.journal_mode).toBe('wal');
    expect(synchronous.rows[0]?.synchronous).toBe(2);
    await db.destroy();
    expect(readdirSync(folder.path)).toEqual(['bot.sqlite']);
  });

  test('a damaged file is set aside, told, and an empty database takes its place', async () => {
    using folder = temporaryFolder();
    writeFileSync(join(folder.path, 'bot.sqlite'), 'not a database at all, '.repeat(100));
    const told: string[] = [];
    const db = await openDatabase({
      url: null,
      dataDir: folder.path,
      onSetAside: (file) => told.push(file),
    });
    expect(told).toEqual([expect.stringMatching(/bot\.sqlite\.corrupt-\d+$/)]);
    expect(readFileSync(told[0] ?? '', 'utf8')).toContain('not a database');
    expect(await new PanelStore(db, () => 1).all()).toEqual([]);
    await db.destroy();
  });

  test('a folder that cannot be used is refused with its name', async () => {
    using folder = temporaryFolder();
    mkdirSync(join(folder.path, 'bot.sqlite'));
    await expect(openDatabase({ url: null, dataDir: folder.path })).rejects.toThrow(
      /bot\.sqlite cannot be opened/,
    );
  });

  test('a second bot on the same file is refused', async () => {
    using folder = temporaryFolder();
    const first = await openDatabase({ url: null, dataDir: folder.path });
    await expect(openDatabase({ url: null, dataDir: folder.path })).rejects.toThrow('another bot uses it');
    await first.destroy();
  });
});

describe.skipIf(postgresFolder() === undefined)('in PostgreSQL', () => {
  let cluster: PostgresCluster;
  const place = async () => ({
    url: await cluster.createDatabase(),
    dataDir: ':memory:',
    [Symbol.dispose]: () => {}, // goes with the cluster
  });

  beforeAll(async () => {
    cluster = await PostgresCluster.start();
  });
  afterAll(() => cluster[Symbol.asyncDispose]());

  storesBehave(place);

  test('a database that is not there is refused, a server that is not there is an ordinary failure', async () => {
    await expect(openDatabase({ url: cluster.url('absent'), dataDir: '' })).rejects.toThrow(DatabaseRefused);
    const nowhere = openDatabase({ url: 'postgres://bandstand@127.0.0.1:1/x', dataDir: '' });
    await expect(nowhere).rejects.toThrow('cannot be brought up to date');
    await expect(nowhere).rejects.not.toThrow(DatabaseRefused);
  });

  test('a server that crashes and comes back costs the calls in between, nothing else', async () => {
    const lost: Error[] = [];
    const db = await openDatabase({ ...(await place()), onConnectionLost: (error) => lost.push(error) });
    const panels = new PanelStore(db, Date.now);
    const panel = { guildId: '1', channelId: '2', messageId: '3', entryId: 'a' };
    await panels.save(panel);
    await cluster.stop('immediate');
    await expect(panels.all()).rejects.toThrow();
    await cluster.start();
    expect(await panels.all()).toEqual([panel]);
    expect(lost).not.toEqual([]);
    await db.destroy();
  });
});
