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
import type { GuildPlayer } from '../players/guild-player.ts';
import { emptySnapshot } from '../players/guild-snapshot.ts';
import type { PlayerRegistry } from '../players/player-registry.ts';
import { unknownOutcome } from '../players/request-outcomes.ts';
import { Mailboxes } from './mailboxes.ts';
import { PLAYER_COMMANDS } from './player-commands.ts';
import { RequestLedger } from './request-ledger.ts';
import { type SearchOptions, searchSources } from './search-sources.ts';

export interface CommandRouterOptions {
  readonly players: PlayerRegistry;
  readonly search: SearchOptions;
  readonly epoch: Epoch;
  readonly clock: Clock;
  /** Names a request that came without a key. */
  readonly newKey: () => RequestKey;
  readonly limits: { readonly mailbox: number; readonly keys: number; readonly keyTtlMs: number };
}

/** What the caller of a command gets besides its data. */
export interface RoutedReply {
  readonly data: Readonly<Record<string, unknown>>;
  /** Of the guild's state after the command; `null` where no guild's state is concerned. */
  readonly revision: number | null;
}

export interface CommandContext {
  readonly signal: AbortSignal;
  /** @throws PlayerError `DEADLINE_EXCEEDED` once the command's time to live is over. */
  readonly throwIfExpired: () => void;
}

/** Every command but HELLO, which the transport answers. */
export type GuildCommand = Exclude<Command, { readonly action: 'HELLO' }>;

/** Takes commands to the players: in order within a guild, side by side between guilds, each request key once. */
export class CommandRouter {
  readonly #options: CommandRouterOptions;
  readonly #mailboxes: Mailboxes<GuildId>;
  readonly #ledger: RequestLedger<RoutedReply>;

  constructor(options: CommandRouterOptions) {
    this.#options = options;
    this.#mailboxes = new Mailboxes(options.limits.mailbox);
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
    if (!COMMANDS[command.action].effect) return this.#inMailbox(command, key, context);
    return this.#ledger.once(key, () => this.#inMailbox(command, key, context));
  }

  #inMailbox(
    command: Exclude<GuildCommand, { readonly action: 'SEARCH' }>,
    key: RequestKey,
    context: CommandContext,
  ): Promise<RoutedReply> {
    return this.#mailboxes.run(command.guildId, () => {
      context.throwIfExpired();
      const player = this.#playerFor(command.action, command.guildId);
      const apply = PLAYER_COMMANDS[command.action] as PlayerCommand;
      return { data: apply(player, command, key), revision: player.events.revision };
    });
  }

  #playerFor(action: CommandAction, guildId: GuildId): GuildPlayer {
    const existing = this.#options.players.get(guildId);
    if (existing !== undefined) return existing;
    // Voice packets of a guild that never asked for music belong to nobody here.
    if (action === 'VOICE_STATE_UPDATE' || action === 'VOICE_SERVER_UPDATE') {
      throw new PlayerError('NOT_IN_VOICE', 'no player of this guild asked for a voice session');
    }
    return this.#options.players.getOrCreate(guildId);
  }
}

type PlayerCommand = (
  player: GuildPlayer,
  command: Command,
  key: RequestKey,
) => Readonly<Record<string, unknown>>;
