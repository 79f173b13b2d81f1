import type { CommandData, EntryId, ReplyData, RequestKey, RequestOutcome } from '@bandstand/protocol';
import type { Track } from '../sources/source.ts';
import type { AddRequest } from './add-request.ts';
import type { GuildAnnouncer } from './guild-announcer.ts';
import type { GuildQueue } from './guild-queue.ts';
import type { GuildChannels } from './guild-record.ts';
import type { GuildUpdates } from './guild-updates.ts';
import { type QueueEntry, songOf } from './queue-entry.ts';
import type { QueueRequests } from './queue-requests.ts';
import type { QueueRunner } from './queue-runner.ts';
import type { VoicePresence } from './voice-presence.ts';

export interface QueueCommandsOptions {
  readonly queue: GuildQueue;
  readonly runner: QueueRunner;
  readonly requests: QueueRequests;
  readonly presence: VoicePresence;
  readonly channels: GuildChannels;
  readonly announce: GuildAnnouncer;
  readonly updates: GuildUpdates;
  readonly newEntryId: () => EntryId;
}

/** The commands that change what is to be played. */
export class QueueCommands {
  readonly #of: QueueCommandsOptions;

  constructor(options: QueueCommandsOptions) {
    this.#of = options;
  }

  /** Acknowledges at once; the outcome is told by event and kept for `outcomeOf`. */
  add(key: RequestKey, data: CommandData<'ADD_TO_QUEUE'>): RequestOutcome {
    const { channels, presence, requests } = this.#of;
    if (data.text_channel_id != null) channels.text = data.text_channel_id;
    presence.stayAwake();
    return requests.add(key, data);
  }

  outcomeOf(key: RequestKey): RequestOutcome {
    return this.#of.requests.outcomeOf(key);
  }

  /** One track of a request, found. */
  enqueue(track: Track, request: AddRequest): { readonly entry: QueueEntry; readonly queuePosition: number } {
    const { queue, runner, newEntryId } = this.#of;
    const { data, key, ticket } = request;
    const isFirst = request.progress.song === null;
    const requester = { id: data.requester_id ?? null, name: data.requester_name };
    const entry: QueueEntry = { entryId: newEntryId(), track, requester, requestKey: key, ticket };
    const index = queue.add(entry, data.position === 'end' ? 'end' : 'next');
    if (isFirst && data.position === 'now' && queue.current !== undefined) runner.moveOn('replaced');
    else runner.begin();
    return { entry, queuePosition: queue.current === entry ? 0 : index + 1 };
  }

  playNext(entryId: EntryId, now: boolean): ReplyData<'PLAY_NEXT'> {
    const { queue, runner, updates } = this.#of;
    const { entry } = queue.move(entryId, 0);
    updates.queueChanged();
    if (now && queue.current !== undefined) runner.moveOn('replaced');
    else runner.begin();
    return { song: songOf(entry) };
  }

  setLoop(mode: CommandData<'SET_LOOP'>['mode']): ReplyData<'SET_LOOP'> {
    const { queue, runner, updates } = this.#of;
    const changed = queue.loop !== mode;
    queue.loop = mode;
    runner.followingChanged();
    return updates.settled(changed);
  }

  shuffle(): ReplyData<'SHUFFLE'> {
    this.#of.queue.shuffle();
    this.#of.updates.queueChanged();
    return { queue_length: this.#of.queue.upcoming.length };
  }

  move(entryId: EntryId, toIndex: number): ReplyData<'MOVE_IN_QUEUE'> {
    const { entry, index } = this.#of.queue.move(entryId, toIndex);
    this.#of.updates.queueChanged();
    return { song: songOf(entry), index };
  }

  remove(data: CommandData<'REMOVE_FROM_QUEUE'>): ReplyData<'REMOVE_FROM_QUEUE'> {
    const { queue, updates } = this.#of;
    const removed = queue.remove(data.entry_id ?? queue.entryAt(data.song_index ?? 0).entryId);
    updates.queueChanged();
    return { removed: songOf(removed) };
  }

  clear(stop: boolean): ReplyData<'CLEAR_QUEUE'> {
    const { queue, runner, requests, announce, updates } = this.#of;
    requests.cancelAll();
    const removed = queue.clearUpcoming();
    if (stop) {
      runner.endCurrent('stopped');
      queue.endCurrent();
      announce.stopped('stopped');
      updates.becameIdle();
    } else {
      updates.queueChanged();
    }
    return { removed };
  }
}
