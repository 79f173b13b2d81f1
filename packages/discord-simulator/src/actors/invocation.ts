import { once } from 'node:events';
import {
  type APIMessage,
  type APIModalInteractionResponseCallbackData,
  MessageFlags,
} from 'discord-api-types/v10';
import { type InteractionRecord, TOKEN_VALID_MS } from '../world/interaction-ledger.ts';
import type { StoredMessage } from '../world/message-board.ts';
import type { ActorContext } from './actor-context.ts';
import { type WaitOptions, waitFor } from './wait.ts';

/** "The application did not respond": three seconds passed. */
export class NoResponse extends Error {
  constructor(title: string) {
    super(`the application did not respond to ${title}`);
    this.name = 'NoResponse';
  }
}

/** Something a person did to a bot, and what came back. */
export class Invocation {
  /** Milliseconds of real time until the bot's callback. Rejects with {@link NoResponse}. */
  readonly acknowledged: Promise<number>;
  readonly #context: ActorContext;
  readonly #record: InteractionRecord;
  readonly #history: APIMessage[] = [];
  readonly #followupIds: string[] = [];
  readonly #changed = new Set<() => void>();
  #deleted = false;
  #modal: APIModalInteractionResponseCallbackData | undefined;

  constructor(context: ActorContext, record: InteractionRecord) {
    this.#context = context;
    this.#record = record;
    const startedAtMs = performance.now();
    const expired = once(record, 'expired').then(() => {
      throw new NoResponse(record.origin.title);
    });
    const acknowledged = once(record, 'acknowledged').then(() => performance.now() - startedAtMs);
    this.acknowledged = Promise.race([acknowledged, expired]);
    this.acknowledged.catch(() => {}); // whoever does not ask need not hear of it; the call log has it
    this.#watch();
  }

  /** The interaction's id, as in the bot's INTERACTION_CREATE. */
  get id(): string {
    return this.#record.id;
  }

  /** Every version of the original answer so far, a deferred one ("is thinking") included. */
  get replies(): readonly APIMessage[] {
    return this.#history;
  }

  /** As they are now; deleted ones are gone. */
  get followups(): APIMessage[] {
    return this.#followupIds.flatMap((id) => this.#find(id)?.message ?? []);
  }

  /**
   * The original answer as it is now, once it says something: a deferred one is waited for.
   *
   * A click that the bot acknowledged without an answer of its own gives the message clicked on.
   *
   * @throws NoResponse after three seconds without a callback; Error when the answer was deleted or time is up.
   */
  reply(options: WaitOptions = {}): Promise<APIMessage> {
    return waitFor({
      ...options,
      what: `answer to ${this.#record.origin.title}`,
      subscribe: (changed) => this.#subscribe(changed),
      look: () => {
        if (this.#record.status === 'expired') throw new NoResponse(this.#record.origin.title);
        if (this.#deleted) throw new Error(`the answer to ${this.#record.origin.title} was deleted`);
        const message =
          this.#record.originalId === null ? undefined : this.#find(this.#record.originalId)?.message;
        const thinking = ((message?.flags ?? 0) & MessageFlags.Loading) !== 0;
        return thinking ? undefined : message;
      },
    });
  }

  /** The follow-up with this index, in the order of sending. */
  followup(index = 0, options: WaitOptions = {}): Promise<APIMessage> {
    return waitFor({
      ...options,
      what: `follow-up ${index} to ${this.#record.origin.title}`,
      subscribe: (changed) => this.#subscribe(changed),
      look: () => this.followups[index],
    });
  }

  /** The form that the bot opened in answer. */
  modal(options: WaitOptions = {}): Promise<APIModalInteractionResponseCallbackData> {
    return waitFor({
      ...options,
      what: `form in answer to ${this.#record.origin.title}`,
      subscribe: (changed) => this.#subscribe(changed),
      look: () => {
        if (this.#record.status === 'expired') throw new NoResponse(this.#record.origin.title);
        return this.#modal;
      },
    });
  }

  #watch(): void {
    const record = this.#record;
    record.on('expired', () => this.#notify());
    record.on('original', ({ message }) => this.#note(message));
    record.on('modal', (modal) => {
      this.#modal = modal;
      this.#notify();
    });
    record.on('followup', ({ message }) => {
      this.#followupIds.push(message.id);
      this.#notify();
    });
    const stop = this.#context.board.onChange(({ kind, stored }) => {
      if (stored.message.id === record.originalId) {
        if (kind === 'edit') this.#note(stored.message);
        if (kind === 'delete') this.#deleted = true;
      }
      this.#notify();
    });
    this.#context.world.clock.after(TOKEN_VALID_MS, stop);
  }

  #note(message: APIMessage): void {
    this.#history.push(message);
    this.#notify();
  }

  #find(id: string): StoredMessage | undefined {
    return this.#context.board.find(this.#record.origin.channel.id, id);
  }

  #subscribe(changed: () => void): () => void {
    this.#changed.add(changed);
    return () => this.#changed.delete(changed);
  }

  #notify(): void {
    for (const changed of this.#changed) changed();
  }
}
