import type { Epoch, EventAction, EventData, GuildId, PlayerEvent } from '@bandstand/protocol';
import type { Clock } from '../clock.ts';

/** Where numbered events go; the transport's publisher in production. */
export interface EventSink {
  publish(event: Exclude<PlayerEvent, { readonly action: 'HEARTBEAT' }>): unknown;
}

/** Numbers the events of one guild. Nobody else publishes for it, so the sequence has no holes at its source. */
export class GuildEvents {
  readonly #guildId: GuildId;
  readonly #epoch: Epoch;
  readonly #sink: EventSink;
  readonly #clock: Clock;
  #sequence = 0;
  #revision = 0;
  #held: (() => void)[] | undefined;

  constructor(guildId: GuildId, epoch: Epoch, sink: EventSink, clock: Clock) {
    this.#guildId = guildId;
    this.#epoch = epoch;
    this.#sink = sink;
    this.#clock = clock;
  }

  get epoch(): Epoch {
    return this.#epoch;
  }

  /** Of the last event; 0 before the first. */
  get sequence(): number {
    return this.#sequence;
  }

  /** +1 with each change of the guild's state. */
  get revision(): number {
    return this.#revision;
  }

  changed(): void {
    this.#revision++;
  }

  /** Goes on from the revision of an earlier process, or back to the one before a change that did not last. */
  continueFrom(revision: number): void {
    this.#revision = revision;
  }

  /**
   * Runs a change and keeps its events back, since nobody may hear of what is not durable yet.
   *
   * @returns What the change returned, and what publishes its events. When it throws, they are forgotten.
   */
  hold<T>(change: () => T): { readonly result: T; readonly publish: () => void } {
    if (this.#held !== undefined) throw new Error('bug: a change inside a change');
    const held: (() => void)[] = [];
    this.#held = held;
    try {
      const result = change();
      return {
        result,
        publish: () => {
          for (const publish of held) publish();
        },
      };
    } finally {
      this.#held = undefined;
    }
  }

  /** @param data - Made by a function, since a snapshot carries the very sequence of its event. */
  emit<A extends Exclude<EventAction, 'HEARTBEAT'>>(
    action: A,
    data: (sequence: number) => EventData<A>,
  ): void {
    if (this.#held === undefined) this.#publish(action, data);
    else this.#held.push(() => this.#publish(action, data));
  }

  #publish<A extends Exclude<EventAction, 'HEARTBEAT'>>(
    action: A,
    data: (sequence: number) => EventData<A>,
  ): void {
    this.#sequence++;
    this.#sink.publish({
      action,
      guildId: this.#guildId,
      data: data(this.#sequence),
      epoch: this.#epoch,
      sequence: this.#sequence,
      revision: this.#revision,
      atMs: this.#clock.nowMs(),
    } as Parameters<EventSink['publish']>[0]);
  }
}
