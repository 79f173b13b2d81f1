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

  /** @param data - Made by a function, since a snapshot carries the very sequence of its event. */
  emit<A extends Exclude<EventAction, 'HEARTBEAT'>>(
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
