import { setTimeout as sleep } from 'node:timers/promises';
import type { EntryId } from '@bandstand/protocol';
import type { Logger } from '@bandstand/service-kit';
import type { StoredPanel } from '../store/panel-store.ts';
import { isFinal, type PanelMessages } from './panel-messages.ts';
import type { PanelContent, PanelTarget } from './panel-target.ts';

export interface PanelTiming {
  /** Events come in groups; the last of a group counts. */
  readonly settleMs: number;
  /** Between two edits. */
  readonly editMs: number;
  /** Between two edits that only move the progress on. */
  readonly progressMs: number;
  /** After a failure that may pass. */
  readonly retryMs: number;
}

export const PANEL_TIMING: PanelTiming = { settleMs: 100, editMs: 1_500, progressMs: 10_000, retryMs: 5_000 };

/** With more messages below it nobody sees the progress any more. */
const MAX_MESSAGES_BELOW = 5;

export interface GuildPanelOptions {
  readonly guildId: string;
  readonly messages: Pick<PanelMessages, 'mayPost' | 'send' | 'edit' | 'delete' | 'find'>;
  readonly store: {
    save(panel: StoredPanel): Promise<void>;
    forget(guildId: string): Promise<void>;
  };
  /** What the channel should show now, given the entry it shows. */
  readonly target: (shownEntryId: EntryId | null) => PanelTarget;
  /** Whether the progress moves on. */
  readonly isMoving: () => boolean;
  readonly timing: PanelTiming;
  /** Milliseconds between two edits that only move the progress on; longer than `timing` says when there are many panels. */
  readonly progressMs: () => number;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  readonly log: Logger;
}

interface Shown {
  readonly channelId: string;
  readonly messageId: string;
  readonly entryId: EntryId;
  fingerprint: string | null;
  changedAtMs: number;
  messagesBelow: number;
}

/**
 * The start-of-song message of one guild. Whatever happens only says "look again"; one loop then brings the channel from
 * what it shows to what it should show, one call to Discord after the other.
 */
export class GuildPanel {
  readonly #options: GuildPanelOptions;
  readonly #closing = new AbortController();
  #shown: Shown | null = null;
  /** The entry whose panel was taken away or refused: it is not sent again. */
  #unwanted: EntryId | null = null;
  /** The message we are deleting ourselves: hearing of it is no news. */
  #deleting: string | null = null;
  #loop: Promise<void> | null = null;
  #lookAgain: AbortController | null = null;
  #isDirty = false;
  #isUrgent = false;

  constructor(options: GuildPanelOptions) {
    this.#options = options;
  }

  /** Whether a message stands in the channel. */
  get isShown(): boolean {
    return this.#shown !== null;
  }

  /** @param isUrgent - Do not wait for more events of a group. */
  look(isUrgent = false): void {
    if (this.#closing.signal.aborted) return;
    this.#isDirty = true;
    this.#isUrgent ||= isUrgent;
    this.#lookAgain?.abort();
    this.#loop ??= this.#run().finally(() => {
      this.#loop = null;
      if (this.#isDirty) this.look();
    });
  }

  /** Takes over a message from before a restart, or finds out whether there is one. */
  async adopt({ channelId, messageId, entryId }: StoredPanel): Promise<void> {
    const { messages, store, guildId, log } = this.#options;
    const entry = entryId as EntryId;
    const found = messageId ?? (await messages.find(channelId, entry).catch(() => null));
    if (found === null) return store.forget(guildId);
    if (messageId === null) await store.save({ guildId, channelId, messageId: found, entryId });
    log.debug({ channelId, messageId: found }, 'panel of an earlier start found');
    this.#shown = {
      channelId,
      messageId: found,
      entryId: entry,
      fingerprint: null,
      changedAtMs: Number.NEGATIVE_INFINITY,
      messagesBelow: 0,
    };
  }

  messageCreated(channelId: string, messageId: string): void {
    if (this.#shown?.channelId === channelId && BigInt(messageId) > BigInt(this.#shown.messageId))
      this.#shown.messagesBelow += 1;
  }

  /** By a moderator, usually: the panel of this track is not forced on the channel again. */
  async messageDeleted(messageId: string): Promise<void> {
    if (this.#shown?.messageId !== messageId || this.#deleting === messageId) return;
    await this.#lose(this.#shown);
  }

  /** Leaves the message where it is: the next start takes it over. */
  async close(): Promise<void> {
    this.#closing.abort();
    this.#lookAgain?.abort();
    await this.#loop;
  }

  async #run(): Promise<void> {
    const { timing, log } = this.#options;
    while (!this.#closing.signal.aborted) {
      if (this.#isDirty && !this.#isUrgent) await this.#pause(timing.settleMs, false);
      this.#isDirty = false;
      this.#isUrgent = false;
      let waitMs: number | null;
      try {
        waitMs = await this.#reconcile();
      } catch (error) {
        log.warn({ err: error }, 'the panel could not be shown; trying again');
        waitMs = timing.retryMs;
      }
      if (waitMs === null && !this.#isDirty) return;
      if (waitMs !== null && !this.#isDirty) await this.#pause(waitMs, true);
    }
  }

  /** @returns Milliseconds until the next look is due; `null` = when something happens. */
  async #reconcile(): Promise<number | null> {
    const target = this.#options.target(this.#shown?.entryId ?? null);
    if (target === 'keep') return null;
    if (target === 'none') {
      await this.#remove();
      return null;
    }
    if (this.#shown?.entryId === target.entryId) return this.#edit(this.#shown, target);
    if (this.#unwanted === target.entryId) {
      await this.#remove();
      return null;
    }
    return this.#move(target);
  }

  async #edit(shown: Shown, target: PanelContent): Promise<number | null> {
    const { messages, timing, progressMs, now, isMoving } = this.#options;
    const isChanged = shown.fingerprint !== target.fingerprint;
    const isProgressing = isMoving() && shown.messagesBelow <= MAX_MESSAGES_BELOW;
    if (!isChanged && !isProgressing) return null;
    const dueMs = shown.changedAtMs + (isChanged ? timing.editMs : progressMs()) - now();
    if (dueMs > 0) return dueMs;
    try {
      await messages.edit(shown.channelId, shown.messageId, target.view);
    } catch (error) {
      if (!isFinal(error)) throw error;
      await this.#lose(shown);
      return null;
    }
    shown.fingerprint = target.fingerprint;
    shown.changedAtMs = now();
    return isProgressing ? progressMs() : null;
  }

  /** The new one is written down before it is sent: after a crash in between it is found again. */
  async #move(target: PanelContent): Promise<number | null> {
    const { messages, store, guildId, now, isMoving, progressMs } = this.#options;
    await this.#remove();
    if (!messages.mayPost(target.channelId)) {
      this.#unwanted = target.entryId;
      return null;
    }
    const row = { guildId, channelId: target.channelId, entryId: target.entryId };
    await store.save({ ...row, messageId: null });
    let messageId: string;
    try {
      messageId = await messages.send(target.channelId, target.view);
    } catch (error) {
      await store.forget(guildId);
      if (!isFinal(error)) throw error;
      this.#unwanted = target.entryId;
      return null;
    }
    this.#unwanted = null;
    this.#shown = {
      channelId: target.channelId,
      messageId,
      entryId: target.entryId,
      fingerprint: target.fingerprint,
      changedAtMs: now(),
      messagesBelow: 0,
    };
    await store.save({ ...row, messageId });
    return isMoving() ? progressMs() : null;
  }

  async #remove(): Promise<void> {
    const shown = this.#shown;
    if (shown === null) return;
    this.#deleting = shown.messageId;
    try {
      await this.#options.messages.delete(shown.channelId, shown.messageId);
    } finally {
      this.#deleting = null;
    }
    this.#shown = null;
    await this.#options.store.forget(this.#options.guildId);
  }

  async #lose(shown: Shown): Promise<void> {
    if (this.#shown !== shown) return;
    this.#shown = null;
    this.#unwanted = shown.entryId;
    await this.#options.store.forget(this.#options.guildId);
  }

  /** @param endsEarly - When something happens meanwhile. */
  async #pause(ms: number, endsEarly: boolean): Promise<void> {
    const wake = new AbortController();
    if (endsEarly) this.#lookAgain = wake;
    // Aborted = woken; there is nothing to handle.
    await sleep(ms, undefined, { signal: AbortSignal.any([this.#closing.signal, wake.signal]) }).catch(
      () => {},
    );
    this.#lookAgain = null;
  }
}
