import { type GuildId, PlayerError } from '@bandstand/protocol';

/** Counts the commands being carried out: in all, and of each guild. */
export class RunningCommands {
  readonly #limit: number;
  readonly #limitPerGuild: number;
  readonly #ofGuild = new Map<GuildId, number>();
  #size = 0;
  #onIdle: (() => void)[] = [];

  constructor(limit: number, limitPerGuild: number) {
    this.#limit = limit;
    this.#limitPerGuild = limitPerGuild;
  }

  get size(): number {
    return this.#size;
  }

  /**
   * @param command - Never rejects.
   * @throws {@link PlayerError} `PLAYER_BUSY` when one of the limits is reached; the command is then not begun.
   */
  run(guildId: GuildId, command: () => Promise<void>): void {
    const ofGuild = this.#ofGuild.get(guildId) ?? 0;
    if (this.#size >= this.#limit) {
      throw new PlayerError('PLAYER_BUSY', `${this.#size} commands are being carried out`);
    }
    if (ofGuild >= this.#limitPerGuild) {
      throw new PlayerError('PLAYER_BUSY', `${ofGuild} commands of this guild are being carried out`);
    }
    this.#size++;
    this.#ofGuild.set(guildId, ofGuild + 1);
    void command().finally(() => this.#end(guildId));
  }

  async allDone(): Promise<void> {
    if (this.#size > 0) await new Promise<void>((resolve) => this.#onIdle.push(resolve));
  }

  #end(guildId: GuildId): void {
    const left = (this.#ofGuild.get(guildId) ?? 1) - 1;
    if (left === 0) this.#ofGuild.delete(guildId);
    else this.#ofGuild.set(guildId, left);
    this.#size--;
    if (this.#size > 0) return;
    for (const resolve of this.#onIdle.splice(0)) resolve();
  }
}
