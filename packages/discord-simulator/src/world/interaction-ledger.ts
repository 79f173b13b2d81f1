import { EventEmitter } from 'node:events';
import type {
  APIApplicationCommandOptionChoice,
  APIModalInteractionResponseCallbackData,
  InteractionType,
} from 'discord-api-types/v10';
import type { StoredMessage } from './message-board.ts';
import type { ChannelRecord } from './records.ts';
import type { World } from './world.ts';

/** Discord: "you must send an initial response within 3 seconds". */
export const ACKNOWLEDGE_WITHIN_MS = 3000;
/** Discord: interaction tokens "are valid for 15 minutes". */
export const TOKEN_VALID_MS = 15 * 60_000;

/**
 * `waiting` until the first callback; `deferred` shows "is thinking"; `answered` is final for the callback route;
 * `expired` means that nobody answered in time.
 */
export type InteractionStatus = 'waiting' | 'deferred' | 'answered' | 'expired';

const MOVES: Readonly<Record<InteractionStatus, readonly InteractionStatus[]>> = {
  waiting: ['deferred', 'answered', 'expired'],
  deferred: ['answered'],
  answered: [],
  expired: [],
};

export interface InteractionEvents {
  /** The bot's first callback was accepted. */
  acknowledged: [];
  /** Three seconds passed without one. */
  expired: [];
  /** The original answer appeared; its later versions are changes on the message board. */
  original: [message: StoredMessage];
  followup: [message: StoredMessage];
  choices: [choices: readonly APIApplicationCommandOptionChoice[]];
  modal: [modal: APIModalInteractionResponseCallbackData];
}

export interface InteractionOrigin {
  readonly type: InteractionType;
  readonly applicationId: string;
  readonly userId: string;
  readonly channel: ChannelRecord;
  /** What the person did, for the call log: `/play`, `button queue:next`. */
  readonly title: string;
  /** The message whose component was used. */
  readonly source?: StoredMessage;
}

/** One interaction from its dispatch until its token runs out. */
export class InteractionRecord extends EventEmitter<InteractionEvents> {
  readonly id: string;
  readonly token: string;
  readonly createdAtMs: number;
  readonly origin: InteractionOrigin;
  /** Every message answered with, the original included: these may be edited with the token. */
  readonly messageIds = new Set<string>();
  #status: InteractionStatus = 'waiting';
  #originalId: string | null = null;

  constructor(id: string, token: string, createdAtMs: number, origin: InteractionOrigin) {
    super();
    this.id = id;
    this.token = token;
    this.createdAtMs = createdAtMs;
    this.origin = origin;
  }

  get status(): InteractionStatus {
    return this.#status;
  }

  /** The message that `messages/@original` means; `null` before there is one. */
  get originalId(): string | null {
    return this.#originalId;
  }

  acknowledge(status: 'deferred' | 'answered'): void {
    this.#transition(status);
    this.emit('acknowledged');
  }

  /** A deferred answer got its content. */
  resolve(): void {
    if (this.#status === 'deferred') this.#transition('answered');
  }

  expire(): void {
    if (this.#status !== 'waiting') return;
    this.#transition('expired');
    this.emit('expired');
  }

  setOriginal(message: StoredMessage): void {
    this.#originalId = message.message.id;
    this.messageIds.add(message.message.id);
    this.emit('original', message);
  }

  addFollowup(message: StoredMessage): void {
    this.messageIds.add(message.message.id);
    this.emit('followup', message);
  }

  #transition(next: InteractionStatus): void {
    if (!MOVES[this.#status].includes(next)) {
      throw new Error(`bug: interaction ${this.#status} -> ${next}`);
    }
    this.#status = next;
  }
}

/** All interactions whose tokens are still good, with Discord's two deadlines. */
export class InteractionLedger {
  readonly #world: World;
  readonly #byToken = new Map<string, InteractionRecord>();
  readonly #onUnacknowledged: (record: InteractionRecord) => void;

  constructor(world: World, onUnacknowledged: (record: InteractionRecord) => void) {
    this.#world = world;
    this.#onUnacknowledged = onUnacknowledged;
  }

  open(origin: InteractionOrigin): InteractionRecord {
    const { ids, clock } = this.#world;
    const id = ids.timed();
    const token = Buffer.from(`interaction:${id}:${ids.secret('interaction')}`).toString('base64url');
    const record = new InteractionRecord(id, token, clock.now(), origin);
    this.#byToken.set(token, record);
    const cancelDeadline = clock.after(ACKNOWLEDGE_WITHIN_MS, () => {
      record.expire();
      this.#onUnacknowledged(record);
    });
    record.once('acknowledged', cancelDeadline);
    clock.after(TOKEN_VALID_MS, () => this.#byToken.delete(token));
    return record;
  }

  find(token: string): InteractionRecord | undefined {
    return this.#byToken.get(token);
  }
}
