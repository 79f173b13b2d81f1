import { mkdirSync, mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresCluster, postgresFolder } from '@bandstand/test-support';
import SqliteDriver from 'better-sqlite3';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { type DatabaseOptions, PlayerDatabase } from './database.ts';
import { entry, guild } from './fixtures/sample-guild.ts';
import { PlayerStore } from './player-store.ts';

interface Told {
  readonly setAside: string[];
  readonly available: boolean[];
}

function place(): { readonly folder: string; readonly options: DatabaseOptions; readonly told: Told } {
  const folder = mkdtempSync(join(tmpdir(), 'bandstand-player-store-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const told: Told = { setAside: [], available: [] };
  const options: DatabaseOptions = {
    dataDir: folder,
    onSetAside: (file) => told.setAside.push(file),
    onAvailable: (available) => told.available.push(available),
  };
  return { folder, options, told };
}

test('the file is written ahead, flushed on every commit, and for this process alone', async () => {
  const { folder, options } = place();
  await using database = await PlayerDatabase.open(options);
  const pragma = (name: string) => database.read((db) => sql.raw<object>(`pragma ${name}`).execute(db));
  expect((await pragma('journal_mode')).rows).toEqual([{ journal_mode: 'wal' }]);
  expect((await pragma('synchronous')).rows).toEqual([{ synchronous: 2 }]);
  expect((await pragma('locking_mode')).rows).toEqual([{ locking_mode: 'exclusive' }]);
  const other = new SqliteDriver(join(folder, 'player.sqlite'), { timeout: 0 });
  onTestFinished(() => void other.close());
  expect(() => other.prepare('select * from player_guilds').all()).toThrow(/locked/);
});

test.each([
  ['no database at all', Buffer.from('not a database, '.repeat(1_000))],
  ['a database whose pages were overwritten', undefined],
])('%s is set aside and told, and an empty one takes its place', async (_, garbage) => {
  const { folder, options, told } = place();
  const file = join(folder, 'player.sqlite');
  {
    await using store = await PlayerStore.open(options);
    const upcoming = Array.from({ length: 500 }, (_entry, index) => entry(`e${index}`));
    await store.guilds.commit({ guild: guild({ upcoming }), additions: [] });
  }
  const bytes = readFileSync(file);
  const damaged = garbage ?? bytes.fill(0x5a, 4_096, bytes.length - 4_096);
  writeFileSync(file, damaged);

  await using store = await PlayerStore.open(options);
  expect(told.setAside).toEqual([expect.stringMatching(/player\.sqlite\.corrupt-\d+$/)]);
  expect(readFileSync(told.setAside[0] as string).equals(damaged)).toBe(true);
  expect(await store.guilds.loadAll()).toEqual([]);
});

test('a place that cannot be written is refused in one line', async () => {
  const { folder, options } = place();
  writeFileSync(join(folder, 'file'), '');
  mkdirSync(join(folder, 'taken', 'player.sqlite'), { recursive: true });
  for (const dataDir of [join(folder, 'file', 'inside'), join(folder, 'taken'), '/proc']) {
    await expect(PlayerDatabase.open({ ...options, dataDir })).rejects.toMatchObject({
      name: 'ConfigError',
      problems: [
        expect.stringContaining(`${dataDir}/player.sqlite: the player's database cannot be written`),
      ],
    });
  }
});

test('a newer schema is refused, and the file is left as it is', async () => {
  const { folder, options, told } = place();
  {
    await using database = await PlayerDatabase.open(options);
    await database.transaction((tx) =>
      sql`insert into player_migrations values ('9999-from-the-future', '2099-01-01')`.execute(tx),
    );
  }
  const before = readFileSync(join(folder, 'player.sqlite'));
  await expect(PlayerDatabase.open(options)).rejects.toMatchObject({
    name: 'ConfigError',
    problems: [expect.stringContaining('newer schema (9999-from-the-future)')],
  });
  expect(readFileSync(join(folder, 'player.sqlite')).equals(before)).toBe(true);
  expect(told.setAside).toEqual([]);
});

test('a file from before the first schema is brought up to date, and what it held stays', async () => {
  const { folder, options } = place();
  const old = new SqliteDriver(join(folder, 'player.sqlite'));
  old.exec("create table kept (word text); insert into kept values ('yes')");
  old.close();
  await using database = await PlayerDatabase.open(options);
  const store = new PlayerStore(database);
  await store.guilds.commit({ guild: guild(), additions: [] });
  expect(await store.guilds.loadAll()).toHaveLength(1);
  const kept = await database.read((db) => sql`select word from kept`.execute(db));
  expect(kept.rows).toEqual([{ word: 'yes' }]);
  expect(readdirSync(folder).filter((name) => name.includes('corrupt'))).toEqual([]);
});

test('a full disk takes nothing and loses nothing, is told once, and is used again when there is room', async () => {
  const { options, told } = place();
  await using database = await PlayerDatabase.open(options);
  const store = new PlayerStore(database);
  const before = guild({ upcoming: [entry('a')] });
  await store.guilds.commit({ guild: before, additions: [] });
  const pages = await database.read((db) => sql<{ page_count: number }>`pragma page_count`.execute(db));
  const limit = (count: number) =>
    database.read((db) => sql.raw(`pragma max_page_count = ${count}`).execute(db));
  await limit(pages.rows[0]?.page_count ?? 0);

  const upcoming = Array.from({ length: 2_000 }, (_, index) => entry(`e${index}`));
  const more = { guild: guild({ revision: 8, upcoming }), additions: [] };
  for (let round = 0; round < 2; round++) {
    await expect(store.guilds.commit(more)).rejects.toMatchObject({
      code: 'STORE_UNAVAILABLE',
      retryable: true,
      cause: { code: 'SQLITE_FULL' },
    });
  }
  expect(told.available).toEqual([false]);
  expect(await new PlayerStore(database).guilds.loadAll()).toEqual([before]);
  await limit(1_000_000);
  await store.guilds.commit(more);
  expect(told.available.at(-1)).toBe(true);
  expect(await new PlayerStore(database).guilds.loadAll()).toEqual([more.guild]);
});

test.skipIf(postgresFolder() === undefined)(
  'a PostgreSQL server that crashes refuses changes at once, and takes them again when it is back',
  async () => {
    await using cluster = await PostgresCluster.start();
    const { options, told } = place();
    const url = await cluster.createDatabase();
    await using store = await PlayerStore.open({ ...options, url });
    await store.guilds.commit({ guild: guild(), additions: [] });
    await cluster.stop('immediate');
    const startedAtMs = performance.now();
    const refused = store.guilds.commit({ guild: guild({ revision: 8 }), additions: [] });
    await expect(refused).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(performance.now() - startedAtMs).toBeLessThan(2_500);
    await cluster.start();
    await expect
      .poll(() => store.guilds.commit({ guild: guild({ revision: 9 }), additions: [] }).then(() => 'taken'))
      .toBe('taken');
    expect(told.available).toEqual([false, true]);
    expect(await store.guilds.loadAll()).toEqual([guild({ revision: 9 })]);
    // The lock fell with the server and was taken again: a second player is still kept out.
    await expect(PlayerStore.open({ ...options, url })).rejects.toMatchObject({ name: 'ConfigError' });
  },
);

test.skipIf(postgresFolder() === undefined)(
  'a database that does not exist is a mistake of the configuration',
  async () => {
    await using cluster = await PostgresCluster.start();
    const { options } = place();
    await expect(PlayerDatabase.open({ ...options, url: cluster.url('nowhere') })).rejects.toMatchObject({
      name: 'ConfigError',
      problems: ['DATABASE_URL: PostgreSQL refuses the player (3D000)'],
    });
  },
);
