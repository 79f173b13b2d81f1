import type { ChannelId, GuildId } from '@bandstand/protocol';
import type { Clock } from '../clock.ts';
import type { GuildEvents } from '../events/guild-events.ts';
import type { StoredAddition, StoredGuild, StoredPosition } from '../store/stored-guild.ts';
import type { Attempt, ChangeScope } from './change-scope.ts';
import type { GuildQueue } from './guild-queue.ts';
import type { QueueEntry } from './queue-entry.ts';
import type { QueueRequests } from './queue-requests.ts';
import type { QueueRunner } from './queue-runner.ts';
import type { TrackDeck } from './track-deck.ts';

/** The channels a guild's player belongs to. */
export interface GuildChannels {
  text: ChannelId | null;
  /** Where we are, or shall be once the change at hand is durable. */
  voice: ChannelId | null;
}

/** Where the parts of the record are read, and put back. */
export interface GuildRecordOptions {
  readonly guildId: GuildId;
  readonly queue: GuildQueue;
  readonly runner: QueueRunner;
  readonly deck: TrackDeck;
  readonly requests: QueueRequests;
  readonly events: GuildEvents;
  readonly channels: GuildChannels;
  readonly scope: ChangeScope;
  readonly clock: Clock;
}

/** What outlives the process, and what a command that cannot be stored is taken back to. */
export class GuildRecord {
  readonly #of: GuildRecordOptions;

  constructor(options: GuildRecordOptions) {
    this.#of = options;
  }

  get position(): StoredPosition {
    const { guildId, queue, deck, clock } = this.#of;
    const entryId = queue.current?.entryId ?? null;
    return { guildId, entryId, positionMs: deck.positionMs, atMs: clock.nowMs() };
  }

  /** The guild as a commit writes it. */
  get stored(): StoredGuild {
    const { queue, runner, deck, requests, events, channels } = this.#of;
    const { guildId, positionMs, atMs } = this.position;
    const { shelved } = runner;
    return {
      ...queue.save(),
      guildId,
      revision: events.revision,
      isPaused: deck.paused,
      sound: deck.sound,
      textChannelId: channels.text,
      voiceChannelId: channels.voice,
      positionMs,
      atMs,
      shelved: shelved && { entryId: shelved.entryId, positionMs: shelved.positionMs },
      lastTicket: requests.lastTicket,
    };
  }

  /** @throws what the change throws; nothing was changed then. */
  attempt<T>(change: () => T): Attempt & { readonly result: T } {
    const { queue, runner, events, channels, scope } = this.#of;
    const before = queue.save();
    const { shelved } = runner;
    const { revision } = events;
    const { text, voice } = channels;
    const { result, commit, undo } = scope.attempt(() => {
      scope.onUndo(() => {
        queue.restore(before);
        runner.shelved = shelved;
        events.continueFrom(revision);
        Object.assign(channels, { text, voice });
      });
      return events.hold(change);
    });
    return {
      result: result.result,
      commit: () => {
        commit();
        result.publish();
      },
      undo,
    };
  }

  /** Takes over what an earlier process left; the entry that was current heads the queue, to go on where it was. */
  restore(stored: StoredGuild<QueueEntry>, additions: readonly StoredAddition[]): void {
    const { queue, runner, deck, requests, events, channels } = this.#of;
    const { current, positionMs, isPaused: paused } = stored;
    const upcoming = current === undefined ? stored.upcoming : [current, ...stored.upcoming];
    queue.restore({ ...stored, current: undefined, upcoming });
    events.continueFrom(stored.revision);
    channels.text = stored.textChannelId;
    deck.setSound(stored.sound);
    if (current !== undefined) runner.shelved = { entryId: current.entryId, positionMs, paused };
    else if (stored.shelved !== undefined) runner.shelved = { ...stored.shelved, paused: false };
    requests.restore(additions, stored.lastTicket);
  }
}
