import {
  type ChannelId,
  type EndReason,
  type EventData,
  type GatewayRequest,
  type GuildSnapshot,
  type Layer,
  LIMITS,
  type PlayerError,
  type RequestKey,
  type RequestOutcome,
  type StopReason,
} from '@bandstand/protocol';
import type { GuildEvents } from '../events/guild-events.ts';
import { queueWindow, type SnapshotSources, snapshotOf } from './guild-snapshot.ts';
import { type QueueEntry, songOf } from './queue-entry.ts';

/** Puts what happens in one guild into the words of the wire. */
export class GuildAnnouncer {
  readonly #events: GuildEvents;
  readonly #about: SnapshotSources;

  constructor(events: GuildEvents, about: SnapshotSources) {
    this.#events = events;
    this.#about = about;
  }

  songStarted(entry: QueueEntry, positionMs: number, textChannelId: ChannelId | null): void {
    this.#events.emit('SONG_STARTED', () => ({
      song: songOf(entry),
      position_ms: Math.round(positionMs),
      text_channel_id: textChannelId,
    }));
  }

  streamTitle(entry: QueueEntry, title: string | null): void {
    this.#events.emit('STREAM_TITLE', () => ({ entry_id: entry.entryId, title }));
  }

  layerStarted(layer: Layer): void {
    this.#events.emit('LAYER_STARTED', () => layer);
  }

  layerEnded(layerId: string, reason: EndReason): void {
    this.#events.emit('LAYER_ENDED', () => ({ layer_id: layerId, reason }));
  }

  songEnded(entry: QueueEntry, reason: EndReason, positionMs: number): void {
    this.#events.emit('SONG_ENDED', () => ({
      song: songOf(entry),
      reason,
      position_ms: Math.round(positionMs),
    }));
  }

  queueUpdated(request: RequestOutcome | null = null): void {
    this.#events.emit('QUEUE_UPDATED', () => ({
      ...queueWindow(this.#about.queue, 0, LIMITS.queuePage),
      request,
    }));
  }

  idle(leavesInMs: number | null): void {
    this.#events.emit('PLAYER_IDLE', () => ({ leaves_in_ms: leavesInMs }));
  }

  stopped(reason: StopReason): void {
    this.#events.emit('PLAYER_STOP', () => ({ reason }));
  }

  failed(
    error: PlayerError,
    about: {
      readonly entry?: QueueEntry | undefined;
      readonly requestKey?: RequestKey;
      readonly nextStep: EventData<'PLAYER_ERROR'>['next_step'];
    },
  ): void {
    this.#events.emit('PLAYER_ERROR', () => ({
      error_type: error.code,
      error_message: error.message.slice(0, 1_000),
      retryable: error.retryable,
      details: { ...error.details },
      song_data: about.entry === undefined ? null : songOf(about.entry),
      request_key: about.requestKey ?? null,
      next_step: about.nextStep,
    }));
  }

  state(): void {
    this.#events.emit('STATE_UPDATE', (sequence) => this.#snapshot(0, LIMITS.queuePage, sequence));
  }

  gatewaySend(request: GatewayRequest): void {
    this.#events.emit('VOICE_GATEWAY_SEND', () => request);
  }

  snapshot(queueOffset: number, queueLimit: number): GuildSnapshot {
    return this.#snapshot(queueOffset, queueLimit, this.#events.sequence);
  }

  #snapshot(queueOffset: number, queueLimit: number, sequence: number): GuildSnapshot {
    const { epoch, revision } = this.#events;
    return { ...snapshotOf(this.#about, queueOffset, queueLimit), epoch, sequence, revision };
  }
}
