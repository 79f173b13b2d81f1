import type { GuildSnapshot, Song } from '@bandstand/protocol';
import { LIMITS } from '@bandstand/protocol';
import { type APIActionRowComponent, type APIButtonComponent, ButtonStyle, ComponentType } from 'discord.js';
import type { Messages } from '../locales/messages.ts';
import { clockTime } from './clock-time.ts';
import { durationText, requesterText, trackLink } from './track-text.ts';
import { COLOURS, EMBED_LIMITS, type View } from './view.ts';

export const QUEUE_PAGE_ENTRIES = LIMITS.queuePage;

const PREFIX = 'queue';
/** So that twenty lines and the current track fit into one description. */
const LINE_CHARACTERS = Math.floor((EMBED_LIMITS.description - 400) / QUEUE_PAGE_ENTRIES);

export type QueueSnapshot = Pick<
  GuildSnapshot,
  'current_song' | 'queue' | 'queue_offset' | 'queue_length' | 'queue_duration_ms'
>;

export function pageCount(queueLength: number): number {
  return Math.max(1, Math.ceil(queueLength / QUEUE_PAGE_ENTRIES));
}

/** @returns The 0-based page a button leads to; `null` when the id is not one of these buttons. */
export function readQueueButton(customId: string): number | null {
  const match = /^queue:(\d{1,6}):(?:back|next|refresh)$/.exec(customId);
  return match === null ? null : Number(match[1]);
}

/** One page of the upcoming entries: position, linked title, duration, requester, and totals. */
export function queueView(snapshot: QueueSnapshot, messages: Messages): View {
  const { queue: texts } = messages;
  const page = Math.floor(snapshot.queue_offset / QUEUE_PAGE_ENTRIES);
  const pages = pageCount(snapshot.queue_length);
  const current = snapshot.current_song;
  if (current === null && snapshot.queue_length === 0)
    return {
      embeds: [{ color: COLOURS.plain, title: texts.title, description: texts.nothingPlaying }],
      components: [],
    };

  const lines = snapshot.queue.map((song, index) => line(snapshot.queue_offset + index + 1, song, messages));
  const description = [
    ...(current === null ? [] : [`**${texts.nowPlaying}:** ${trackLink(current, 300)}`, '']),
    ...(lines.length === 0 ? [texts.empty] : lines),
  ].join('\n');
  const total = texts.total(snapshot.queue_length, clockTime(snapshot.queue_duration_ms));
  return {
    embeds: [
      {
        color: COLOURS.plain,
        title: texts.title,
        description,
        footer: { text: `${texts.page(page + 1, pages)} · ${total}` },
      },
    ],
    components: [buttons(page, pages, messages)],
  };
}

function line(position: number, song: Song, messages: Messages): string {
  const tail = ` · ${durationText(song, messages)} · ${requesterText(song)}`;
  const head = `\`${position}.\` `;
  return `${head}${trackLink(song, LINE_CHARACTERS - head.length - tail.length - 1)}${tail}`;
}

function buttons(page: number, pages: number, messages: Messages): APIActionRowComponent<APIButtonComponent> {
  const { queue: texts } = messages;
  const button = (
    target: number,
    role: 'back' | 'refresh' | 'next',
    label: string,
    disabled: boolean,
  ): APIButtonComponent => ({
    type: ComponentType.Button,
    custom_id: `${PREFIX}:${Math.max(0, target)}:${role}`,
    label,
    style: ButtonStyle.Secondary,
    ...(disabled && { disabled }),
  });
  return {
    type: ComponentType.ActionRow,
    components: [
      button(page - 1, 'back', texts.previousPage, page === 0),
      button(page, 'refresh', texts.refresh, false),
      button(page + 1, 'next', texts.nextPage, page + 1 >= pages),
    ],
  };
}
