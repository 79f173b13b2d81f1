import {
  type CommandAction,
  type CommandInput,
  type GuildSnapshot,
  LIMITS,
  type ReplyData,
  type RequestKey,
  type RequestOutcome,
  requestKeySchema,
} from '@bandstand/protocol';
import type { PlayerOfCall } from '../commands/command.ts';
import type { GuildMirror } from '../player-client/guild-mirror.ts';
import { JoinWatch } from '../player-client/join-watch.ts';
import type { PlayerLink } from '../player-client/player-link.ts';
import type { OutcomeWatch } from '../player-client/request-outcomes.ts';

/** The guild's player, as one interaction speaks to it: every request is named by the interaction and a step. */
export class CallPlayer implements PlayerOfCall {
  readonly mirror: GuildMirror;
  readonly #link: PlayerLink;
  readonly #interactionId: string;
  readonly #signal: AbortSignal;

  constructor(link: PlayerLink, mirror: GuildMirror, interactionId: string, signal: AbortSignal) {
    this.#link = link;
    this.mirror = mirror;
    this.#interactionId = interactionId;
    this.#signal = signal;
  }

  get serviceVersion(): string | null {
    return this.#link.peer?.service_version ?? null;
  }

  keyOf(step: string): RequestKey {
    return requestKeySchema.parse(`${this.#interactionId}:${step}`);
  }

  request<A extends Exclude<CommandAction, 'HELLO'>>(
    step: string,
    action: A,
    data: CommandInput<A>,
    options: { readonly ttlMs?: number; readonly signal?: AbortSignal } = {},
  ): Promise<ReplyData<A>> {
    const signal =
      options.signal === undefined ? this.#signal : AbortSignal.any([this.#signal, options.signal]);
    return this.#link.request(action, this.mirror.guildId, data, {
      key: this.keyOf(step),
      ttlMs: options.ttlMs,
      signal,
    });
  }

  watch(step: string): OutcomeWatch {
    const key = this.keyOf(step);
    let polls = 0;
    return this.#link.outcomes.watch(key, async () => {
      polls += 1;
      const { request } = await this.request(`${step}:poll:${polls}`, 'GET_STATE', {
        queue_limit: 0,
        request_key: key,
      });
      return request;
    });
  }

  watchJoin(): JoinWatch {
    return new JoinWatch(this.mirror);
  }

  report(outcome: RequestOutcome): void {
    this.#link.outcomes.put(outcome);
  }

  state(): Promise<GuildSnapshot> {
    return this.request('state', 'GET_STATE', { queue_limit: LIMITS.queuePage });
  }

  positionMs(snapshot: GuildSnapshot): number {
    return this.#link.positionMs(snapshot);
  }
}
