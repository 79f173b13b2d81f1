import type { GuildSnapshot } from '@bandstand/protocol';
import type { GuildEvent } from '@bandstand/transport';

/**
 * The snapshot after an event. Events that say nothing about the state (errors) only move the sequence on.
 */
export function reduceSnapshot(snapshot: GuildSnapshot, event: GuildEvent): GuildSnapshot {
  const next = changedBy(snapshot, event);
  return { ...next, epoch: event.epoch, sequence: event.sequence, revision: event.revision };
}

function changedBy(snapshot: GuildSnapshot, event: GuildEvent): GuildSnapshot {
  switch (event.action) {
    case 'STATE_UPDATE':
      return event.data;
    case 'SONG_STARTED':
      return {
        ...snapshot,
        current_song: event.data.song,
        stream_title: null,
        text_channel_id: event.data.text_channel_id ?? snapshot.text_channel_id,
        is_playing: true,
        player_status: 'playing',
        position: { ...snapshot.position, position_ms: event.data.position_ms, at: event.atMs, moving: true },
      };
    case 'QUEUE_UPDATED':
      return {
        ...snapshot,
        queue: event.data.queue,
        queue_offset: 0,
        queue_length: event.data.queue_length,
        queue_duration_ms: event.data.queue_duration_ms,
      };
    case 'STREAM_TITLE':
      if (snapshot.current_song?.entry_id !== event.data.entry_id) return snapshot;
      return { ...snapshot, stream_title: event.data.title };
    case 'SONG_ENDED':
      // What follows tells whether another track or nothing takes its place; until then it is still the current one.
      return {
        ...snapshot,
        is_playing: false,
        position: {
          ...snapshot.position,
          position_ms: event.data.position_ms,
          at: event.atMs,
          moving: false,
        },
      };
    case 'PLAYER_IDLE':
    case 'PLAYER_STOP':
      return withoutCurrent(snapshot, event.atMs);
    case 'VOICE_GATEWAY_SEND':
      return { ...snapshot, gateway_request: event.data };
    case 'LAYER_STARTED':
      return { ...snapshot, layer: event.data };
    case 'LAYER_ENDED':
      return snapshot.layer?.layer_id === event.data.layer_id ? { ...snapshot, layer: null } : snapshot;
    case 'PLAYER_ERROR':
      return snapshot;
  }
}

function withoutCurrent(snapshot: GuildSnapshot, at: number): GuildSnapshot {
  return {
    ...snapshot,
    current_song: null,
    stream_title: null,
    is_playing: false,
    player_status: 'idle',
    position: { ...snapshot.position, position_ms: 0, at, moving: false },
  };
}
