import type { GuildId } from '@bandstand/protocol';
import { guildIdSchema } from '@bandstand/protocol';
import type { Logger } from '@bandstand/service-kit';
import type { GuildEvent } from '@bandstand/transport';
import type { Messages } from '../locales/messages.ts';
import type { GuildMirror } from '../player-client/guild-mirror.ts';
import type { PlayerLink } from '../player-client/player-link.ts';
import type { PanelStore } from '../store/panel-store.ts';
import { GuildPanel, PANEL_TIMING, type PanelTiming } from './guild-panel.ts';
import type { PanelMessages } from './panel-messages.ts';
import { panelTarget } from './panel-target.ts';

export interface NowPlayingOptions {
  readonly link: PlayerLink;
  readonly messages: PanelMessages;
  readonly store: PanelStore;
  readonly languageOf: (guildId: string) => Messages;
  readonly timing?: PanelTiming | undefined;
  readonly log: Logger;
}

/** All panels together edit at most ten times a second: Discord allows the whole bot fifty calls. */
const PROGRESS_MS_PER_PANEL = 100;

/** The start-of-song messages of all guilds. */
export class NowPlaying {
  readonly #options: NowPlayingOptions;
  readonly #panels = new Map<GuildId, GuildPanel>();

  constructor(options: NowPlayingOptions) {
    this.#options = options;
    options.link.on('change', this.#onChange);
  }

  /**
   * Takes over what was shown before a restart, before the first snapshot decides what becomes of it.
   *
   * @param isMember - Whether the bot is still in the guild.
   */
  async restore(isMember: (guildId: string) => boolean): Promise<void> {
    const { store } = this.#options;
    for (const panel of await store.all()) {
      if (isMember(panel.guildId)) await this.#panelOf(guildIdSchema.parse(panel.guildId)).adopt(panel);
      else await store.forget(panel.guildId);
    }
    for (const panel of this.#panels.values()) panel.look();
  }

  messageCreated(guildId: string, channelId: string, messageId: string): void {
    this.#panels.get(guildIdSchema.parse(guildId))?.messageCreated(channelId, messageId);
  }

  async messagesDeleted(guildId: string, messageIds: readonly string[]): Promise<void> {
    const panel = this.#panels.get(guildIdSchema.parse(guildId));
    for (const id of messageIds) await panel?.messageDeleted(id);
  }

  /** The bot left the guild; its messages there are out of reach. */
  async forget(guildId: GuildId): Promise<void> {
    await this.#panels.get(guildId)?.close();
    this.#panels.delete(guildId);
    await this.#options.store.forget(guildId);
  }

  async close(): Promise<void> {
    this.#options.link.off('change', this.#onChange);
    await Promise.all([...this.#panels.values()].map((panel) => panel.close()));
  }

  readonly #onChange = (mirror: GuildMirror, event: GuildEvent | null): void => {
    // What follows the end of a song says what to do about it.
    if (
      event?.action === 'SONG_ENDED' ||
      event?.action === 'PLAYER_ERROR' ||
      event?.action === 'VOICE_GATEWAY_SEND'
    )
      return;
    const isUrgent = event?.action === 'SONG_STARTED';
    if (isUrgent || this.#panels.has(mirror.guildId) || mirror.snapshot?.current_song != null)
      this.#panelOf(mirror.guildId).look(isUrgent);
  };

  get #shown(): number {
    let shown = 0;
    for (const panel of this.#panels.values()) if (panel.isShown) shown += 1;
    return shown;
  }

  #panelOf(guildId: GuildId): GuildPanel {
    const known = this.#panels.get(guildId);
    if (known !== undefined) return known;
    const { link, messages, store, languageOf, log, timing = PANEL_TIMING } = this.#options;
    const snapshot = () => link.mirrorOf(guildId)?.snapshot ?? null;
    const panel = new GuildPanel({
      guildId,
      messages,
      store,
      timing,
      progressMs: () => Math.max(timing.progressMs, this.#shown * PROGRESS_MS_PER_PANEL),
      now: () => performance.now(),
      log: log.child({ guildId }),
      target: (shownEntryId) => {
        const current = snapshot();
        const positionMs = current === null ? 0 : link.positionMs(current);
        return panelTarget(current, shownEntryId, positionMs, languageOf(guildId));
      },
      isMoving: () => link.availability === 'up' && snapshot()?.position.moving === true,
    });
    this.#panels.set(guildId, panel);
    return panel;
  }
}
