import { type EventData, isErrorCode } from '@bandstand/protocol';
import type { Logger } from '@bandstand/service-kit';
import type { GuildEvent } from '@bandstand/transport';
import type { Messages } from '../locales/messages.ts';
import type { GuildMirror } from '../player-client/guild-mirror.ts';
import { isVoiceFailure } from '../player-client/join-watch.ts';
import type { RequestOutcomes } from '../player-client/request-outcomes.ts';
import { announcement } from '../views/notice.ts';
import { trackLink } from '../views/track-text.ts';
import { COLOURS } from '../views/view.ts';
import { isFinal, type PanelMessages } from './panel-messages.ts';

/** Failures come in rows (a playlist of dead links): one message tells of all within this time. */
const GATHER_MS = 1_500;
const MAX_LINES = 8;

export interface AnnouncementsOptions {
  readonly messages: Pick<PanelMessages, 'mayPost' | 'send'>;
  readonly outcomes: Pick<RequestOutcomes, 'isAwaited'>;
  readonly languageOf: (guildId: string) => Messages;
  readonly log: Logger;
}

/** Tells the text channel what nobody asked for and everybody should know: tracks that failed, a lost voice channel. */
export class Announcements {
  readonly #options: AnnouncementsOptions;
  readonly #gathering = new Map<string, { readonly lines: string[]; readonly timer: NodeJS.Timeout }>();

  constructor(options: AnnouncementsOptions) {
    this.#options = options;
  }

  take(event: GuildEvent, mirror: GuildMirror): void {
    const channelId = mirror.snapshot?.text_channel_id;
    const line = this.#lineOf(event, mirror, this.#options.languageOf(event.guildId));
    if (line === null || channelId == null) return;
    const known = this.#gathering.get(channelId);
    if (known === undefined) {
      const timer = setTimeout(() => void this.#send(channelId), GATHER_MS);
      this.#gathering.set(channelId, { lines: [line], timer });
    } else if (known.lines.length < MAX_LINES) known.lines.push(line);
  }

  close(): void {
    for (const { timer } of this.#gathering.values()) clearTimeout(timer);
    this.#gathering.clear();
  }

  /** @returns `null` when a command tells it, or when it is no news for people. */
  #lineOf(event: GuildEvent, mirror: GuildMirror, messages: Messages): string | null {
    if (event.action === 'PLAYER_STOP') {
      if (event.data.reason === 'alone') return messages.done.leftAlone;
      return event.data.reason === 'shutdown' ? messages.done.leftStanding : null;
    }
    if (event.action !== 'PLAYER_ERROR') return null;
    if (event.data.next_step === 'retrying') return reconnectionLine(event.data, messages);
    const { error_type: code, song_data: song, request_key: key, next_step: next } = event.data;
    if (this.#options.outcomes.isAwaited(key)) return null;
    if (isVoiceFailure(event) && mirror.joinsAwaited > 0) return null;
    const reason = messages.errors[isErrorCode(code) ? code : 'INTERNAL'];
    if (song === null) return reason;
    const tell = next === 'skipped' ? messages.done.skipFailed : messages.done.trackFailed;
    return tell(trackLink(song), reason);
  }

  async #send(channelId: string): Promise<void> {
    const gathered = this.#gathering.get(channelId);
    this.#gathering.delete(channelId);
    if (gathered === undefined || !this.#options.messages.mayPost(channelId)) return;
    try {
      await this.#options.messages.send(channelId, announcement(gathered.lines, COLOURS.failure));
    } catch (error) {
      this.#options.log[isFinal(error) ? 'debug' : 'warn'](
        { err: error, channelId },
        'an announcement was not sent',
      );
    }
  }
}

/** A recording is mended within seconds, which nobody needs to hear of; a station is silent until it is found again. */
function reconnectionLine(
  { song_data: song, details }: EventData<'PLAYER_ERROR'>,
  messages: Messages,
): string | null {
  if (song?.is_live !== true || details['attempt'] !== 1) return null;
  return messages.done.reconnecting(trackLink(song));
}
