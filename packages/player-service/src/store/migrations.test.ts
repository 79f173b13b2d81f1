import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresCluster, postgresFolder } from '@bandstand/test-support';
import { Kysely, sql } from 'kysely';
import { Migrator } from 'kysely/migration';
import { describe, expect, onTestFinished, test } from 'vitest';
import type { DatabaseAccess } from './database.ts';
import { GUILD, guild } from './fixtures/sample-guild.ts';
import { MIGRATION_TABLES, migrationProvider, SCHEMA_VERSIONS } from './migrations.ts';
import { PlayerStore } from './player-store.ts';
import { openPostgres } from './postgres.ts';
import { openSqlite } from './sqlite/open-sqlite.ts';

/** A guild as the first version wrote it: column by column, so that a later version's code has no part in it. */
const FIRST_VERSION_ROWS = [
  `insert into player_guilds (guild_id, revision, history_length, current_entry_id, is_paused, loop_mode, volume_percent,
     text_channel_id, voice_channel_id, last_ticket, shelved_entry_id, shelved_position_ms)
   values ('${GUILD}', 41, 1, 'b', 1, 'queue', 35, '11', '12', 9, null, 0)`,
  ...['a', 'b', 'c'].map(
    (name, index) =>
      `insert into player_entries (guild_id, row_id, rank, entry_id, ticket, content)
       values ('${GUILD}', ${index}, ${index * 1_024}, '${name}', ${index},
         '{"track":{"title":"${name}"},"requester":{"id":null,"name":"somebody"},"requestKey":null}')`,
  ),
  `insert into player_positions (guild_id, entry_id, position_ms, at_ms) values ('${GUILD}', 'b', 61234.5, 1000)`,
  `insert into player_requests (request_key, guild_id, reply, stored_at_ms)
   values ('interaction:skip', '${GUILD}', '{"status":"success","data":{},"revision":41}', 1000)`,
];

async function writeFirstVersion(access: DatabaseAccess): Promise<void> {
  const db = new Kysely<unknown>({ dialect: access.dialect });
  try {
    await access.claim();
    const migrator = new Migrator({ db, provider: migrationProvider, ...MIGRATION_TABLES });
    const { error } = await migrator.migrateTo(SCHEMA_VERSIONS[0] as string);
    if (error !== undefined) throw error;
    for (const row of FIRST_VERSION_ROWS) await sql.raw(row).execute(db);
  } finally {
    await db.destroy();
    await access.close();
  }
}

describe.each([
  { name: 'SQLite', skip: false, isPostgres: false },
  { name: 'PostgreSQL', skip: postgresFolder() === undefined, isPostgres: true },
])('on $name', ({ skip, isPostgres }) => {
  test.skipIf(skip)(
    'a database of the first version keeps every row, and what it did not know of is neutral',
    async () => {
      const dataDir = mkdtempSync(join(tmpdir(), 'bandstand-migrations-'));
      onTestFinished(() => rmSync(dataDir, { recursive: true }));
      await using cluster = isPostgres ? await PostgresCluster.start() : undefined;
      const url = await cluster?.createDatabase();
      const setAside: string[] = [];
      const onSetAside = (file: string) => setAside.push(file);
      await writeFirstVersion(
        url === undefined ? await openSqlite(dataDir, onSetAside) : await openPostgres(url),
      );

      await using store = await PlayerStore.open({ url, dataDir, onSetAside, onAvailable: () => {} });
      const [loaded, ...others] = await store.guilds.loadAll();
      expect(others).toEqual([]);
      expect(setAside).toEqual([]);
      expect(loaded).toMatchObject({
        revision: 41,
        history: [{ entryId: 'a' }],
        current: { entryId: 'b', track: { title: 'b' } },
        upcoming: [{ entryId: 'c' }],
        isPaused: true,
        loop: 'queue',
        positionMs: 61_234.5,
        lastTicket: 9,
        sound: { volumePercent: 35, filters: {}, normalize: false, crossfadeMs: 0 },
      });
      expect(await store.requests.replyTo('interaction:skip' as never)).toMatchObject({ revision: 41 });

      const sound = { volumePercent: 35, filters: { volume: 0.5 }, normalize: true, crossfadeMs: 500 };
      const changed = guild({ ...loaded, revision: 42, sound });
      await store.guilds.commit({ guild: changed, additions: [] });
      expect(await store.guilds.loadAll()).toEqual([changed]);
    },
  );
});
