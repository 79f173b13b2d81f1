import { isDeepStrictEqual } from 'node:util';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { PlayerStore } from '../store/player-store.ts';
import type { StoredGuild } from '../store/stored-guild.ts';
import { NEUTRAL_SOUND } from './guild-sound.ts';
import type { PlayerRegistry } from './player-registry.ts';
import type { QueueEntry } from './queue-entry.ts';

export interface RestoreOptions {
  readonly store: PlayerStore;
  readonly players: PlayerRegistry;
  readonly clock: Clock;
  readonly log: Logger;
  /** Music interrupted longer ago than this is kept, and not started. */
  readonly resumeMaxAgeMs: number;
}

/**
 * Takes up every guild where the process before left it.
 *
 * @throws PlayerError `STORE_UNAVAILABLE`, or `PLAYER_BUSY` when there are more guilds than this node serves.
 */
export async function restoreGuilds({
  store,
  players,
  clock,
  log,
  resumeMaxAgeMs,
}: RestoreOptions): Promise<void> {
  const guilds = await store.guilds.loadAll();
  const additions = await store.additions.loadAll();
  let restored = 0;
  let resumed = 0;
  for (const guild of guilds) {
    const own = additions.get(guild.guildId) ?? [];
    if (isBlank(guild) && own.length === 0) continue;
    const resume = clock.nowMs() - guild.atMs <= resumeMaxAgeMs;
    // What the store holds was written by `QueueEntry`s; it is ours, and nobody else writes there.
    players.getOrCreate(guild.guildId).restore(guild as StoredGuild<QueueEntry>, own, resume);
    restored++;
    if (resume && guild.voiceChannelId !== null) resumed++;
  }
  if (restored > 0) log.info({ restored, resumed }, 'guilds restored');
}

/** Nothing that anybody would miss. */
function isBlank({ history, current, upcoming, voiceChannelId, sound, loop }: StoredGuild): boolean {
  const entries = history.length + upcoming.length + (current === undefined ? 0 : 1);
  return (
    entries === 0 && voiceChannelId === null && loop === 'off' && isDeepStrictEqual(sound, NEUTRAL_SOUND)
  );
}
