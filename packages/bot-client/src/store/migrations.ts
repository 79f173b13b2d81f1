import type { Kysely } from 'kysely';
import type { Migration, MigrationProvider } from 'kysely/migration';

/** In order of their names; one that was released is never changed. */
const MIGRATIONS: Readonly<Record<string, Migration>> = {
  '0001-panel-messages-and-registrations': {
    async up(db: Kysely<unknown>): Promise<void> {
      await db.schema
        .createTable('panel_messages')
        .addColumn('guild_id', 'varchar(20)', (column) => column.primaryKey())
        .addColumn('channel_id', 'varchar(20)', (column) => column.notNull())
        .addColumn('message_id', 'varchar(20)')
        .addColumn('entry_id', 'varchar(64)', (column) => column.notNull())
        .addColumn('updated_at_ms', 'bigint', (column) => column.notNull())
        .execute();
      await db.schema
        .createTable('command_registrations')
        .addColumn('application_id', 'varchar(20)', (column) => column.notNull())
        .addColumn('scope', 'varchar(20)', (column) => column.notNull())
        .addColumn('hash', 'varchar(64)', (column) => column.notNull())
        .addColumn('registered_at_ms', 'bigint', (column) => column.notNull())
        .addPrimaryKeyConstraint('command_registrations_key', ['application_id', 'scope'])
        .execute();
    },
    async down(db: Kysely<unknown>): Promise<void> {
      await db.schema.dropTable('panel_messages').execute();
      await db.schema.dropTable('command_registrations').execute();
    },
  },
};

export const migrationProvider: MigrationProvider = {
  getMigrations: async () => ({ ...MIGRATIONS }),
};
