import {
  type ChannelId,
  type Epoch,
  type GatewayRequest,
  type GuildSnapshot,
  type Layer,
  type MutedBy,
  type PlayerStatus,
  presetOf,
} from '@bandstand/protocol';
import type { Clock } from '../clock.ts';
import type { GuildQueue } from './guild-queue.ts';
import { type GuildSound, NEUTRAL_SOUND } from './guild-sound.ts';
import type { VoiceLink } from './ports.ts';
import { songOf } from './queue-entry.ts';
import type { TrackDeck } from './track-deck.ts';
import type { TrackPlayer } from './track-player.ts';
import { trackSpeed } from './track-sound.ts';

/** Where the parts of a snapshot are read. */
export interface SnapshotSources {
  readonly queue: GuildQueue;
  readonly trackPlayer: TrackPlayer;
  readonly deck: TrackDeck;
  readonly link: VoiceLink;
  readonly clock: Clock;
  textChannelId(): ChannelId | null;
  gatewayRequest(): GatewayRequest | null;
  mutedBy(): MutedBy | null;
  layer(): Layer | null;
}

export function snapshotOf(
  about: SnapshotSources,
  queueOffset: number,
  queueLimit: number,
): Omit<GuildSnapshot, 'epoch' | 'sequence' | 'revision'> {
  const { queue, trackPlayer, deck, link, clock } = about;
  const { current } = queue;
  const status = playerStatus(trackPlayer, link);
  return {
    ...queueWindow(queue, queueOffset, queueLimit),
    current_song: current === undefined ? null : songOf(current),
    queue_offset: queueOffset,
    history_length: queue.historyLength,
    is_playing: status === 'playing',
    is_connected: link.status === 'ready',
    channel_id: link.channelId as ChannelId | null,
    text_channel_id: about.textChannelId(),
    player_status: status,
    voice_status: link.status,
    position: {
      position_ms: Math.round(trackPlayer.positionMs),
      at: clock.nowMs(),
      moving: status === 'playing',
      speed: trackSpeed(deck.sound, current?.track ?? { isLive: false }),
    },
    stream_title: trackPlayer.stationTitle,
    is_seekable: current !== undefined && !current.track.isLive,
    ...soundFields(deck.sound),
    loop: queue.loop,
    muted_by: about.mutedBy(),
    layer: about.layer(),
    frames: { ...link.frames },
    gateway_request: about.gatewayRequest(),
  };
}

export function queueWindow(
  queue: GuildQueue,
  offset: number,
  limit: number,
): Pick<GuildSnapshot, 'queue' | 'queue_length' | 'queue_duration_ms'> {
  const { upcoming } = queue;
  return {
    queue: upcoming.slice(offset, offset + limit).map(songOf),
    queue_length: upcoming.length,
    queue_duration_ms: Math.round(upcoming.reduce((sum, entry) => sum + (entry.track.durationMs ?? 0), 0)),
  };
}

function soundFields(
  sound: GuildSound,
): Pick<GuildSnapshot, 'volume_percent' | 'filters' | 'preset' | 'crossfade_ms' | 'normalize'> {
  return {
    volume_percent: sound.volumePercent,
    filters: sound.filters,
    preset: presetOf(sound.filters),
    crossfade_ms: sound.crossfadeMs,
    normalize: sound.normalize,
  };
}

/** `playing` is said only while frames of the track leave. */
function playerStatus(trackPlayer: TrackPlayer, link: VoiceLink): PlayerStatus {
  switch (trackPlayer.state.status) {
    case 'idle':
    case 'destroyed':
      return 'idle';
    case 'paused':
      return 'paused';
    case 'loading':
      return trackPlayer.state.paused ? 'paused' : 'loading';
    case 'playing':
      return trackPlayer.audible && link.status === 'ready' && !link.muted ? 'playing' : 'loading';
  }
}

/** The state of a guild that never asked for anything. */
export function emptySnapshot(epoch: Epoch, nowMs: number): GuildSnapshot {
  return {
    current_song: null,
    queue: [],
    queue_offset: 0,
    queue_length: 0,
    queue_duration_ms: 0,
    history_length: 0,
    is_playing: false,
    is_connected: false,
    channel_id: null,
    text_channel_id: null,
    player_status: 'idle',
    voice_status: 'disconnected',
    position: { position_ms: 0, at: nowMs, moving: false, speed: 1 },
    stream_title: null,
    is_seekable: false,
    ...soundFields(NEUTRAL_SOUND),
    loop: 'off',
    muted_by: null,
    layer: null,
    frames: { due: 0, sent: 0, late: 0, missing: 0, silence: 0 },
    gateway_request: null,
    epoch,
    sequence: 0,
    revision: 0,
  };
}
