import type { Epoch, GuildId } from '@bandstand/protocol';
import {
  EventPublisher,
  type EventPublisherOptions,
  EventSubscriber,
  type EventSubscriberOptions,
  type GapReason,
  type GuildEvent,
  type HeartbeatAnswer,
  type PlayerAvailability,
} from '../src/index.ts';
import { NO_CURVE, type TestAddress } from './transports.ts';

export const LOAD: HeartbeatAnswer = { node_id: 'node-1', players: 1, playing: 0, loop_delay_ms: 0 };

export function guildEvent(guildId: GuildId, epoch: Epoch, sequence: number): GuildEvent {
  const head = { guildId, epoch, sequence, revision: sequence, atMs: 1_000 };
  return { ...head, action: 'PLAYER_IDLE', data: { leaves_in_ms: sequence } };
}

export function startPublisher(
  epoch: Epoch,
  address?: TestAddress,
  options: Partial<EventPublisherOptions> = {},
): Promise<EventPublisher> {
  return EventPublisher.listen({
    endpoint: address?.endpoint ?? 'tcp://127.0.0.1:*',
    security: NO_CURVE,
    epoch,
    heartbeat: () => LOAD,
    ...options,
  });
}

/** A subscriber that notes whatever it says. */
export function openSubscriber(endpoint: string, options: Partial<EventSubscriberOptions> = {}) {
  const subscriber = new EventSubscriber({ endpoint, security: NO_CURVE, ...options });
  const events: GuildEvent[] = [];
  const gaps: [GuildId, GapReason, number | undefined][] = [];
  const availability: PlayerAvailability[] = [];
  const problems: string[] = [];
  let heartbeats = 0;
  subscriber.on('event', (event) => events.push(event));
  subscriber.on('gap', (...gap) => gaps.push(gap));
  subscriber.on('availability', (next) => availability.push(next));
  subscriber.on('problem', ({ kind }) => problems.push(kind));
  subscriber.on('heartbeat', () => heartbeats++);
  return {
    subscriber,
    events,
    gaps,
    availability,
    problems,
    get heartbeats() {
      return heartbeats;
    },
    sequences: (guildId: GuildId) =>
      events.filter((event) => event.guildId === guildId).map((event) => event.sequence),
    [Symbol.dispose]: () => subscriber.close(),
  };
}

/** Subscribes, and waits until the publisher knows. */
export async function join(
  publisher: EventPublisher,
  subscriber: EventSubscriber,
  guildId: GuildId,
): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const onJoined = (joined: GuildId) => {
    if (joined === guildId) resolve();
  };
  publisher.on('joined', onJoined);
  subscriber.subscribe(guildId);
  await promise;
  publisher.off('joined', onJoined);
}
