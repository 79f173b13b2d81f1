/** Where each guild's start-of-song message is. `message_id` is `null` while it is being sent. */
export interface PanelMessageTable {
  guild_id: string;
  channel_id: string;
  message_id: string | null;
  entry_id: string;
  updated_at_ms: number;
}

/** What was registered at Discord last; `scope` is `global` or a guild id. */
export interface CommandRegistrationTable {
  application_id: string;
  scope: string;
  hash: string;
  registered_at_ms: number;
}

/** Only column types that every supported database has. */
export interface BotSchema {
  panel_messages: PanelMessageTable;
  command_registrations: CommandRegistrationTable;
}
