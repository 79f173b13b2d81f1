import { createHash } from 'node:crypto';
import { type REST, type RESTPostAPIChatInputApplicationCommandsJSONBody, Routes } from 'discord.js';
import type { RegistrationStore } from '../store/registration-store.ts';

export interface RegistrationOptions {
  readonly rest: REST;
  readonly applicationId: string;
  /** Guilds where the commands are registered instead of globally; they appear there at once. */
  readonly guildIds: readonly string[];
  readonly store: RegistrationStore;
}

/**
 * Registers the commands wherever they differ from what was registered last, and takes them back where they do not
 * belong any more: the same command registered globally and in a guild is shown twice there.
 *
 * @returns The scopes that were written: `global` or guild ids.
 * @throws {@link DiscordAPIError} when Discord refuses.
 */
export async function registerCommands(
  descriptors: readonly RESTPostAPIChatInputApplicationCommandsJSONBody[],
  { rest, applicationId, guildIds, store }: RegistrationOptions,
): Promise<string[]> {
  const hash = createHash('sha256').update(JSON.stringify(descriptors)).digest('hex');
  const wanted = guildIds.length === 0 ? ['global'] : guildIds;
  const written: string[] = [];
  for (const scope of await store.scopesOf(applicationId)) {
    if (wanted.includes(scope)) continue;
    await rest.put(routeOf(applicationId, scope), { body: [] });
    await store.forget(applicationId, scope);
    written.push(scope);
  }
  for (const scope of wanted) {
    if ((await store.hashOf(applicationId, scope)) === hash) continue;
    await rest.put(routeOf(applicationId, scope), { body: descriptors });
    await store.save(applicationId, scope, hash);
    written.push(scope);
  }
  return written;
}

function routeOf(applicationId: string, scope: string): `/${string}` {
  return scope === 'global'
    ? Routes.applicationCommands(applicationId)
    : Routes.applicationGuildCommands(applicationId, scope);
}
