import { AdditionStore } from './addition-store.ts';
import { type DatabaseOptions, PlayerDatabase } from './database.ts';
import { GuildStore } from './guild-store.ts';
import { LoudnessStore } from './loudness-store.ts';
import { RequestStore } from './request-store.ts';

/** All stores on one database. */
export class PlayerStore implements AsyncDisposable {
  readonly guilds: GuildStore;
  readonly requests: RequestStore;
  readonly additions: AdditionStore;
  readonly loudness: LoudnessStore;
  readonly #database: PlayerDatabase;

  /** @throws as `PlayerDatabase.open` */
  static async open(options: DatabaseOptions): Promise<PlayerStore> {
    return new PlayerStore(await PlayerDatabase.open(options));
  }

  constructor(database: PlayerDatabase) {
    this.#database = database;
    this.guilds = new GuildStore(database);
    this.requests = new RequestStore(database);
    this.additions = new AdditionStore(database);
    this.loudness = new LoudnessStore(database);
  }

  get available(): boolean {
    return this.#database.available;
  }

  /** Replies and outcomes from before. @throws PlayerError `STORE_UNAVAILABLE` */
  async forgetBefore(ms: number): Promise<void> {
    await this.requests.forgetBefore(ms);
    await this.additions.forgetBefore(ms);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#database.close();
  }
}
