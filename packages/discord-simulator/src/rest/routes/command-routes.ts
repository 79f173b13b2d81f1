import {
  type APIApplicationCommand,
  ApplicationCommandType,
  RESTJSONErrorCodes,
} from 'discord-api-types/v10';
import type { CommandDefinition, CommandScope } from '../../world/command-registry.ts';
import type { ApplicationRecord } from '../../world/records.ts';
import { ApiError, refused, unknown } from '../api-error.ts';
import { readCommand, readCommands } from '../command-form.ts';
import { guildOf, type RestContext } from '../rest-context.ts';
import { botRoute, created, noContent, ok, type RestCall, type Route } from '../route.ts';

/** Per scope (Discord, "Registering a Command"). */
const MAX_OF_TYPE: Readonly<Record<number, number>> = {
  [ApplicationCommandType.ChatInput]: 100,
  [ApplicationCommandType.User]: 15,
  [ApplicationCommandType.Message]: 15,
};

/** Application commands, global and per guild: the same five operations on two paths. */
export function commandRoutes(context: RestContext): Route[] {
  return [
    ...routesUnder('/applications/:application/commands', context, () => null),
    ...routesUnder(
      '/applications/:application/guilds/:guild/commands',
      context,
      (call, bot) => guildOf(context, bot, call.param('guild')).id,
    ),
  ];
}

function routesUnder(
  path: string,
  { commands }: RestContext,
  guildScope: (call: RestCall, bot: ApplicationRecord) => CommandScope,
): Route[] {
  const scopeOf = (call: RestCall, bot: ApplicationRecord): CommandScope => {
    if (call.param('application') !== bot.id) throw refused.missingAccess();
    return guildScope(call, bot);
  };
  const existing = (call: RestCall, bot: ApplicationRecord) => {
    const scope = scopeOf(call, bot);
    const command = commands.find(bot, scope, call.param('command'));
    if (command === undefined) throw unknown.command();
    return { scope, command };
  };

  return [
    botRoute('GET', path, (call, bot) => {
      const full = call.query.get('with_localizations') === 'true';
      const listed = commands.list(bot, scopeOf(call, bot));
      return ok(full ? listed : listed.map(withoutLocalizations));
    }),
    botRoute('PUT', path, (call, bot) => {
      const scope = scopeOf(call, bot);
      const definitions = readCommands(call.body);
      refuseTooMany(definitions);
      return ok(commands.overwrite(bot, scope, definitions));
    }),
    botRoute('POST', path, (call, bot) => {
      const scope = scopeOf(call, bot);
      const definition = readCommand(call.body);
      const others = commands.list(bot, scope).filter(({ name }) => name !== definition.name);
      refuseTooMany([...others, definition]);
      const result = commands.upsert(bot, scope, definition);
      return result.created ? created(result.command) : ok(result.command);
    }),
    botRoute('GET', `${path}/:command`, (call, bot) => ok(existing(call, bot).command)),
    botRoute('PATCH', `${path}/:command`, (call, bot) => {
      const { scope, command } = existing(call, bot);
      const { id, application_id, version, guild_id, ...before } = command;
      const changes = typeof call.body === 'object' && call.body !== null ? call.body : {};
      return ok(commands.replace(bot, scope, id, readCommand({ ...before, ...changes })));
    }),
    botRoute('DELETE', `${path}/:command`, (call, bot) => {
      const { scope, command } = existing(call, bot);
      commands.remove(bot, scope, command.id);
      return noContent();
    }),
  ];
}

function refuseTooMany(definitions: readonly CommandDefinition[]): void {
  for (const [type, max] of Object.entries(MAX_OF_TYPE)) {
    if (definitions.filter((definition) => definition.type === Number(type)).length <= max) continue;
    throw new ApiError(
      400,
      RESTJSONErrorCodes.MaximumNumberOfApplicationCommandsReached,
      `Maximum number of application commands reached (${max}).`,
    );
  }
}

/** Without `with_localizations=true` Discord leaves the dictionaries out. */
function withoutLocalizations(command: APIApplicationCommand): APIApplicationCommand {
  const { name_localizations, description_localizations, ...rest } = command;
  return rest;
}
