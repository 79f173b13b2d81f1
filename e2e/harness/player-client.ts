import { randomUUID } from 'node:crypto';
import {
  type CommandAction,
  type CommandInput,
  type GuildId,
  guildIdSchema,
  type ReplyData,
  requestKeySchema,
} from '@bandstand/protocol';
import { CommandClient } from '@bandstand/transport';

/** A second bot, as far as the player can tell: commands without Discord in front of them. */
export class PlayerClient implements Disposable {
  readonly #client: CommandClient;

  constructor(endpoint: string) {
    this.#client = new CommandClient({
      endpoint,
      security: { mechanism: 'none', allowInsecure: false },
      clientName: 'end-to-end test',
      clientVersion: '0',
    });
  }

  /** @param key - A fresh one when absent. */
  request<A extends Exclude<CommandAction, 'HELLO'>>(
    action: A,
    guild: { readonly id: string },
    data: CommandInput<A>,
    key: string = randomUUID(),
  ): Promise<ReplyData<A>> {
    return this.#client.request(action, guildIdOf(guild), data, { key: requestKeySchema.parse(key) });
  }

  /** How long each of so many GET_STATE took, in milliseconds. */
  async stateTimesMs(guild: { readonly id: string }, count: number): Promise<number[]> {
    const tookMs: number[] = [];
    for (let request = 0; request < count; request++) {
      const startedAtMs = performance.now();
      await this.request('GET_STATE', guild, {});
      tookMs.push(performance.now() - startedAtMs);
    }
    return tookMs;
  }

  [Symbol.dispose](): void {
    this.#client.close();
  }
}

function guildIdOf({ id }: { readonly id: string }): GuildId {
  return guildIdSchema.parse(id);
}
