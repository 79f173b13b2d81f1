import type { GuildSnapshot, Song } from '@bandstand/protocol';
import type { APIEmbed } from 'discord.js';
import type { Messages } from '../locales/messages.ts';
import { clockTime } from './clock-time.ts';
import { markdownText, plainText } from './hostile-text.ts';
import { panelButtons } from './panel-buttons.ts';
import { progressBar } from './progress-bar.ts';
import { soundLine } from './sound-text.ts';
import { durationText, pageAddress, requesterText, trackLink, trackTitle } from './track-text.ts';
import { COLOURS, EMBED_LIMITS, type View } from './view.ts';

/** A title of a station may be a whole advertisement. */
const ON_AIR_CHARACTERS = 256;

/** What the panel shows of a guild's player. */
export type PanelSnapshot = Pick<
  GuildSnapshot,
  | 'current_song'
  | 'stream_title'
  | 'queue'
  | 'player_status'
  | 'muted_by'
  | 'volume_percent'
  | 'filters'
  | 'preset'
  | 'crossfade_ms'
  | 'normalize'
  | 'loop'
  | 'history_length'
>;

/** The start-of-song message: track, progress and buttons. */
export function nowPlayingPanel(
  snapshot: PanelSnapshot & { readonly current_song: Song },
  positionMs: number,
  messages: Messages,
): View {
  const song = snapshot.current_song;
  const buttons = panelButtons(
    {
      entryId: song.entry_id,
      paused: snapshot.player_status === 'paused',
      loop: snapshot.loop,
      hasPrevious: snapshot.history_length > 0,
    },
    messages,
  );
  return { embeds: [trackEmbed(snapshot, song, positionMs, messages)], components: [buttons] };
}

/** The same without buttons, as the answer to a question. */
export function nowPlayingAnswer(
  snapshot: PanelSnapshot & { readonly current_song: Song },
  positionMs: number,
  messages: Messages,
): View {
  return { embeds: [trackEmbed(snapshot, snapshot.current_song, positionMs, messages)], components: [] };
}

function trackEmbed(snapshot: PanelSnapshot, song: Song, positionMs: number, messages: Messages): APIEmbed {
  const { panel } = messages;
  const paused = snapshot.player_status === 'paused';
  const url = pageAddress(song.webpage_url);
  const thumbnail = pageAddress(song.thumbnail);
  const next = snapshot.queue[0];
  const sound = soundLine(snapshot, messages);
  const onAir = markdownText(snapshot.stream_title ?? '', ON_AIR_CHARACTERS);
  return {
    author: { name: statusText(snapshot, messages) },
    title: trackTitle(song, EMBED_LIMITS.title),
    ...(url !== null && { url }),
    color: paused || snapshot.muted_by !== null ? COLOURS.paused : COLOURS.playing,
    description: progressLine(song, positionMs, messages),
    fields: [
      ...(onAir === '' ? [] : [{ name: panel.onAir, value: onAir, inline: false }]),
      { name: panel.duration, value: durationText(song, messages), inline: true },
      { name: panel.requestedBy, value: requesterText(song) || '…', inline: true },
      { name: panel.volume, value: `${snapshot.volume_percent} %`, inline: true },
      ...(sound === '' ? [] : [{ name: panel.sound, value: sound, inline: true }]),
      ...(snapshot.loop === 'off'
        ? []
        : [{ name: panel.loop, value: panel.loopModes[snapshot.loop], inline: true }]),
      ...(next === undefined ? [] : [{ name: panel.upNext, value: trackLink(next, 512), inline: false }]),
    ],
    ...(thumbnail !== null && { thumbnail: { url: thumbnail } }),
    ...(song.channel !== null && { footer: { text: plainText(song.channel, 128) || '…' } }),
  };
}

/** Somebody who hears nothing reads why. */
function statusText({ player_status, muted_by }: PanelSnapshot, { panel, sound }: Messages): string {
  if (player_status === 'paused') return panel.paused;
  if (muted_by !== null) return sound.mutedBy[muted_by];
  return player_status === 'loading' ? panel.loading : panel.playing;
}

function progressLine(song: Song, positionMs: number, messages: Messages): string {
  const durationMs = song.is_live || song.duration === null ? null : song.duration * 1_000;
  const position = clockTime(durationMs === null ? positionMs : Math.min(positionMs, durationMs));
  const end = durationMs === null ? durationText(song, messages) : clockTime(durationMs);
  return `\`${position}\` ${progressBar(positionMs, durationMs)} \`${end}\``;
}
