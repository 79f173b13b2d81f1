import { isDeepStrictEqual } from 'node:util';
import { type APIApplicationCommand, ApplicationCommandType } from 'discord-api-types/v10';
import type { ApplicationRecord } from './records.ts';
import type { World } from './world.ts';

/** What a command definition says, before it gets an id and a version. */
export type CommandDefinition = Omit<APIApplicationCommand, 'id' | 'application_id' | 'version' | 'guild_id'>;

/** `null` = global. */
export type CommandScope = string | null;

/** The application commands of every bot, globally and per guild. */
export class CommandRegistry {
  readonly #world: World;

  constructor(world: World) {
    this.#world = world;
  }

  list(application: ApplicationRecord, scope: CommandScope): APIApplicationCommand[] {
    return [...this.#scope(application, scope).values()];
  }

  find(application: ApplicationRecord, scope: CommandScope, id: string): APIApplicationCommand | undefined {
    return this.#scope(application, scope).get(id);
  }

  /** A command of the same name and type is replaced and keeps its id. */
  upsert(application: ApplicationRecord, scope: CommandScope, definition: CommandDefinition) {
    const commands = this.#scope(application, scope);
    const previous = [...commands.values()].find((command) => sameName(command, definition));
    const command = this.#make(application, scope, definition, previous);
    commands.set(command.id, command);
    return { command, created: previous === undefined };
  }

  replace(application: ApplicationRecord, scope: CommandScope, id: string, definition: CommandDefinition) {
    const commands = this.#scope(application, scope);
    const command = this.#make(application, scope, definition, commands.get(id));
    commands.set(id, command);
    return command;
  }

  /** Bulk overwrite: what is not in the list is gone. */
  overwrite(application: ApplicationRecord, scope: CommandScope, definitions: readonly CommandDefinition[]) {
    const before = this.list(application, scope);
    const commands = this.#scope(application, scope);
    commands.clear();
    for (const definition of definitions) {
      const previous = before.find((command) => sameName(command, definition));
      const command = this.#make(application, scope, definition, previous);
      commands.set(command.id, command);
    }
    return [...commands.values()];
  }

  remove(application: ApplicationRecord, scope: CommandScope, id: string): boolean {
    return this.#scope(application, scope).delete(id);
  }

  /** The command a person in this guild means by a name; the guild's own comes before a global one. */
  offered(application: ApplicationRecord, guildId: string, name: string): APIApplicationCommand | undefined {
    return [guildId, null]
      .flatMap((scope) => this.list(application, scope))
      .find((command) => command.name === name && command.type === ApplicationCommandType.ChatInput);
  }

  #make(
    application: ApplicationRecord,
    scope: CommandScope,
    definition: CommandDefinition,
    previous: APIApplicationCommand | undefined,
  ): APIApplicationCommand {
    if (previous !== undefined && isDeepStrictEqual(definitionOf(previous), definition)) return previous;
    return {
      ...definition,
      id: previous?.id ?? this.#world.ids.timed(),
      application_id: application.id,
      version: this.#world.ids.timed(),
      ...(scope === null ? {} : { guild_id: scope }),
    };
  }

  #scope(application: ApplicationRecord, scope: CommandScope): Map<string, APIApplicationCommand> {
    const key = scope ?? 'global';
    const commands = application.commands.get(key) ?? new Map<string, APIApplicationCommand>();
    application.commands.set(key, commands);
    return commands;
  }
}

function definitionOf({ id, application_id, version, guild_id, ...definition }: APIApplicationCommand) {
  return definition;
}

function sameName(a: CommandDefinition, b: CommandDefinition): boolean {
  return a.name === b.name && a.type === b.type;
}
