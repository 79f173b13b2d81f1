import { type GuildId, PlayerError } from '@bandstand/protocol';
import type { StoredPosition } from '../store/stored-guild.ts';
import type { GuildPlayer } from './guild-player.ts';

export interface PlayerRegistryOptions {
  /** Guilds one node serves. */
  readonly limit: number;
  readonly create: (guildId: GuildId) => GuildPlayer;
}

/** The players of this node, one for each guild. */
export class PlayerRegistry {
  readonly #options: PlayerRegistryOptions;
  readonly #players = new Map<GuildId, GuildPlayer>();

  constructor(options: PlayerRegistryOptions) {
    this.#options = options;
  }

  get size(): number {
    return this.#players.size;
  }

  get playing(): number {
    let playing = 0;
    for (const player of this.#players.values()) if (player.isPlaying) playing++;
    return playing;
  }

  get(guildId: GuildId): GuildPlayer | undefined {
    return this.#players.get(guildId);
  }

  /** @throws {@link PlayerError} `PLAYER_BUSY` when the node serves as many guilds as it may. */
  getOrCreate(guildId: GuildId): GuildPlayer {
    const existing = this.#players.get(guildId);
    if (existing !== undefined) return existing;
    if (this.#players.size >= this.#options.limit) {
      throw new PlayerError('PLAYER_BUSY', `this node serves ${this.#options.limit} guilds already`);
    }
    const player = this.#options.create(guildId);
    this.#players.set(guildId, player);
    return player;
  }

  /** Of all guilds that are in a voice channel. */
  positions(): StoredPosition[] {
    const positions: StoredPosition[] = [];
    for (const player of this.#players.values()) {
      if (player.voiceChannelId !== null) positions.push(player.position);
    }
    return positions;
  }

  destroyAll(): void {
    for (const player of this.#players.values()) player.destroy();
    this.#players.clear();
  }
}
