import type { RequestOutcome } from '@bandstand/protocol';
import type { GuildEvents } from '../events/guild-events.ts';
import type { GuildAnnouncer } from './guild-announcer.ts';
import type { QueueRunner } from './queue-runner.ts';
import type { VoicePresence } from './voice-presence.ts';

export interface GuildUpdatesOptions {
  readonly events: GuildEvents;
  readonly announce: GuildAnnouncer;
  readonly runner: QueueRunner;
  readonly presence: VoicePresence;
}

/** What every change of a guild brings along: it is counted, what depends on it is looked at again, and it is told. */
export class GuildUpdates {
  readonly #of: GuildUpdatesOptions;

  constructor(options: GuildUpdatesOptions) {
    this.#of = options;
  }

  /** Something besides the queue changed, or was so already. */
  settled(changed: boolean): { readonly changed: boolean } {
    if (changed) {
      this.#of.events.changed();
      this.#of.announce.state();
    }
    return { changed };
  }

  queueChanged(request: RequestOutcome | null = null): void {
    const { events, runner, announce, presence } = this.#of;
    events.changed();
    runner.followingChanged();
    announce.queueUpdated(request);
    presence.checkIdle();
  }

  /** Another entry is the current one. */
  movedOn(): void {
    this.queueChanged();
    this.#of.announce.state();
  }

  /** Nothing plays any more. */
  becameIdle(): void {
    const { announce, presence } = this.#of;
    this.queueChanged();
    announce.idle(presence.idleLeavesInMs);
    announce.state();
  }
}
