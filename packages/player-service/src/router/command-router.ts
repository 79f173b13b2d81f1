import {
  COMMANDS,
  type Command,
  type CommandAction,
  type Epoch,
  type GuildId,
  PlayerError,
  type RequestKey,
} from '@bandstand/protocol';
import type { Clock } from '../clock.ts';
import type { GuildChanges, RoutedReply } from '../players/guild-changes.ts';
import type { GuildPlayer } from '../players/guild-player.ts';
import { emptySnapshot } from '../players/guild-snapshot.ts';
import type { PlayerRegistry } from '../players/player-registry.ts';
import { unknownOutcome } from '../players/request-outcomes.ts';
import { PLAYER_COMMANDS } from './player-commands.ts';
import { RequestLedger } from './request-ledger.ts';
import { type SearchOptions, searchSources } from './search-sources.ts';

export interface CommandRouterOptions {
  readonly players: PlayerRegistry;
  readonly changes: GuildChanges;
  readonly search: SearchOptions;
  readonly epoch: Epoch;
  readonly clock: Clock;
  /** Names a request that came without a key. */
  readonly newKey: () => RequestKey;
  /** Of the replies kept in memory; the store has them all. */
  readonly limits: { readonly keys: number; readonly keyTtlMs: number };
}

export interface CommandContext {
  readonly signal: AbortSignal;
  /** @throws PlayerError `DEADLINE_EXCEEDED` once the command's time to live is over. */
  readonly throwIfExpired: () => void;
}

/** Every command but HELLO, which the transport answers. */
export type GuildCommand = Exclude<Command, { readonly action: 'HELLO' }>;

const OF_VOICE: readonly CommandAction[] = [
  'VOICE_STATE_UPDATE',
  'VOICE_SERVER_UPDATE',
  'VOICE_CHANNEL_UPDATE',
];

/** Takes commands to the players: in order within a guild, side by side between guilds, each request key once. */
export class CommandRouter {
  readonly #options: CommandRouterOptions;
  readonly #ledger: RequestLedger<RoutedReply>;

  constructor(options: CommandRouterOptions) {
    this.#options = options;
    this.#ledger = new RequestLedger({ max: options.limits.keys, ttlMs: options.limits.keyTtlMs });
  }

  /** @throws {@link PlayerError} with the code to reply. */
  async route(command: GuildCommand, context: CommandContext): Promise<RoutedReply> {
    if (command.action === 'SEARCH') {
      return {
        data: await searchSources(command, this.#options.search, context.signal),
        revision: null,
      };
    }
    const { players } = this.#options;
    if (command.action === 'GET_STATE' && players.get(command.guildId) === undefined) {
      // Looking does not create: a bot asks for all its guilds after a restart.
      const request = command.data.request_key == null ? null : unknownOutcome(command.data.request_key);
      return {
        data: { ...emptySnapshot(this.#options.epoch, this.#options.clock.nowMs()), request },
        revision: 0,
      };
    }
    const key = command.key ?? this.#options.newKey();
    if (!COMMANDS[command.action].effect) return this.#look(command, key, context);
    return this.#ledger.once(key, () => this.#change(command, key, context));
  }

  /** What changes nothing that is stored. */
  #look(command: PlayerCommandMessage, key: RequestKey, context: CommandContext): Promise<RoutedReply> {
    return this.#options.changes.inTurn(command.guildId, () => {
      context.throwIfExpired();
      const player = this.#playerFor(command.action, command.guildId);
      if (command.action === 'GET_STATE') player.voice.tellWhatStoodStill();
      return { data: applied(player, command, key), revision: player.events.revision };
    });
  }

  #change(command: PlayerCommandMessage, key: RequestKey, context: CommandContext): Promise<RoutedReply> {
    const { changes } = this.#options;
    // A request without a name of its own cannot be repeated.
    const kept = command.key ?? undefined;
    return changes.inTurn(command.guildId, async () => {
      const earlier = kept === undefined ? undefined : await changes.earlierReply(command.guildId, kept);
      if (earlier !== undefined) return earlier;
      context.throwIfExpired();
      const player = this.#playerFor(command.action, command.guildId);
      return changes.command(player, kept, () => applied(player, command, key));
    });
  }

  #playerFor(action: CommandAction, guildId: GuildId): GuildPlayer {
    const existing = this.#options.players.get(guildId);
    if (existing !== undefined) return existing;
    // Voice packets of a guild that never asked for music belong to nobody here.
    if (OF_VOICE.includes(action)) {
      throw new PlayerError('NOT_IN_VOICE', 'no player of this guild asked for a voice session');
    }
    return this.#options.players.getOrCreate(guildId);
  }
}

type PlayerCommandMessage = Exclude<GuildCommand, { readonly action: 'SEARCH' }>;

type PlayerCommand = (
  player: GuildPlayer,
  command: Command,
  key: RequestKey,
) => Readonly<Record<string, unknown>>;

function applied(player: GuildPlayer, command: PlayerCommandMessage, key: RequestKey) {
  return (PLAYER_COMMANDS[command.action] as PlayerCommand)(player, command, key);
}
