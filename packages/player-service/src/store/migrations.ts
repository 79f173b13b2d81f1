import type { Kysely } from 'kysely';
import type { Migration, MigrationProvider } from 'kysely/migration';

/** In order of their names; one that was released is never changed. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-guilds-queues-and-requests': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('player_guilds')
        .addColumn('guild_id', 'varchar(20)', (column) => column.primaryKey())
        .addColumn('revision', 'bigint', (column) => column.notNull())
        .addColumn('history_length', 'integer', (column) => column.notNull())
        .addColumn('current_entry_id', 'varchar(64)')
        .addColumn('is_paused', 'integer', (column) => column.notNull())
        .addColumn('loop_mode', 'varchar(8)', (column) => column.notNull())
        .addColumn('volume_percent', 'integer', (column) => column.notNull())
        .addColumn('text_channel_id', 'varchar(20)')
        .addColumn('voice_channel_id', 'varchar(20)')
        .addColumn('last_ticket', 'bigint', (column) => column.notNull())
        .addColumn('shelved_entry_id', 'varchar(64)')
        .addColumn('shelved_position_ms', 'double precision', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('player_entries')
        .addColumn('guild_id', 'varchar(20)', (column) =>
          column.notNull().references('player_guilds.guild_id').onDelete('cascade'),
        )
        .addColumn('row_id', 'bigint', (column) => column.notNull())
        .addColumn('rank', 'double precision', (column) => column.notNull())
        .addColumn('entry_id', 'varchar(64)', (column) => column.notNull())
        .addColumn('ticket', 'bigint', (column) => column.notNull())
        .addColumn('content', 'text', (column) => column.notNull())
        .addPrimaryKeyConstraint('player_entries_key', ['guild_id', 'row_id'])
        .execute();
      await db.schema
        .createTable('player_positions')
        .addColumn('guild_id', 'varchar(20)', (column) => column.primaryKey())
        .addColumn('entry_id', 'varchar(64)')
        .addColumn('position_ms', 'double precision', (column) => column.notNull())
        .addColumn('at_ms', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('player_requests')
        .addColumn('request_key', 'text', (column) => column.primaryKey())
        .addColumn('guild_id', 'varchar(20)', (column) => column.notNull())
        .addColumn('reply', 'text', (column) => column.notNull())
        .addColumn('stored_at_ms', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex('player_requests_stored_at')
        .on('player_requests')
        .column('stored_at_ms')
        .execute();
      await db.schema
        .createTable('player_additions')
        .addColumn('request_key', 'text', (column) => column.primaryKey())
        .addColumn('guild_id', 'varchar(20)', (column) => column.notNull())
        .addColumn('is_pending', 'integer', (column) => column.notNull())
        .addColumn('content', 'text', (column) => column.notNull())
        .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex('player_additions_updated_at')
        .on('player_additions')
        .column('updated_at_ms')
        .execute();
    },
  },
  '0002-sound-settings': {
    async up(db: Kysely<unknown>): Promise<void> {
      // One column for each statement: SQLite adds no more at a time.
      const guilds = () => db.schema.alterTable('player_guilds');
      await guilds()
        .addColumn('filters', 'text', (column) => column.notNull().defaultTo('{}'))
        .execute();
      await guilds()
        .addColumn('normalize', 'integer', (column) => column.notNull().defaultTo(0))
        .execute();
      await guilds()
        .addColumn('crossfade_ms', 'integer', (column) => column.notNull().defaultTo(0))
        .execute();
    },
  },
  '0003-loudness': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('player_loudness')
        .addColumn('track_key', 'varchar(64)', (column) => column.primaryKey())
        .addColumn('integrated_lufs', 'double precision')
        .addColumn('true_peak_db', 'double precision', (column) => column.notNull())
        .addColumn('measured_at_ms', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createIndex('player_loudness_measured_at')
        .on('player_loudness')
        .column('measured_at_ms')
        .execute();
    },
  },
};

/** Every schema this version knows, by name. */
export const SCHEMA_VERSIONS: readonly string[] = Object.keys(MIGRATIONS);

export const migrationProvider: MigrationProvider = {
  getMigrations: async () => ({ ...MIGRATIONS }),
};

/** Its own table names, so that the bot may use the same PostgreSQL database. */
export const MIGRATION_TABLES = {
  migrationTableName: 'player_migrations',
  migrationLockTableName: 'player_migration_lock',
};
