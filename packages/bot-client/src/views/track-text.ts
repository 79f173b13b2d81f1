import type { Song } from '@bandstand/protocol';
import type { Messages } from '../locales/messages.ts';
import { clockTime } from './clock-time.ts';
import { markdownText } from './hostile-text.ts';

type Linked = Pick<Song, 'title' | 'webpage_url'>;

const TITLE_CHARACTERS = 120;
/** A longer address is left out rather than filling the message. */
const LINK_CHARACTERS = 512;

/** The title as a link to its page, as Discord markdown; without a page a person may open, the title alone. */
export function trackLink(song: Linked, maxCharacters = TITLE_CHARACTERS + LINK_CHARACTERS): string {
  const link = pageAddress(song.webpage_url, Math.min(LINK_CHARACTERS, maxCharacters - 60));
  const room = link === null ? maxCharacters : maxCharacters - link.length - 4;
  const title = trackTitle(song, Math.min(TITLE_CHARACTERS, room));
  return link === null ? title : `[${title}](${link})`;
}

export function trackTitle(song: Pick<Song, 'title'>, maxCharacters = TITLE_CHARACTERS): string {
  return markdownText(song.title, maxCharacters) || '…';
}

/**
 * An address that is safe inside `[…](…)` and as an embed's link.
 *
 * @returns `null` when it is no http(s) address, carries credentials, or is longer than `maxCharacters`.
 */
export function pageAddress(raw: string | null, maxCharacters = 2_048): string | null {
  if (raw === null || !URL.canParse(raw)) return null;
  const url = new URL(raw);
  if ((url.protocol !== 'https:' && url.protocol !== 'http:') || url.username !== '' || url.password !== '')
    return null;
  // What would end or break the markdown around it; all of these are allowed percent-encoded.
  const link = url.href.replace(/[()<>[\]\\|`]/g, percentEncoded);
  return link.length <= maxCharacters ? link : null;
}

/** `3:20`, or the word for live or unknown. */
export function durationText(song: Pick<Song, 'duration' | 'is_live'>, messages: Messages): string {
  if (song.is_live) return messages.panel.live;
  if (song.duration === null) return messages.panel.unknownDuration;
  return clockTime(song.duration * 1_000);
}

/** A mention where the user is known (it pings nobody), the name otherwise. */
export function requesterText(song: Pick<Song, 'requester_id' | 'requester_name'>): string {
  return song.requester_id === null ? markdownText(song.requester_name, 64) : `<@${song.requester_id}>`;
}

function percentEncoded(character: string): string {
  return `%${character.charCodeAt(0).toString(16).toUpperCase()}`;
}
