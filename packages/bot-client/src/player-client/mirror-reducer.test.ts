import { type EntryId, epochSchema, type GuildSnapshot, guildIdSchema } from '@bandstand/protocol';
import type { GuildEvent } from '@bandstand/transport';
import { expect, test } from 'vitest';
import { song } from '../../test/scripted-player.ts';
import { ClockOffset } from './clock-offset.ts';
import { GuildMirror, positionOf } from './guild-mirror.ts';
import { reduceSnapshot } from './mirror-reducer.ts';

const epoch = epochSchema.parse('epoch');
const guildId = guildIdSchema.parse('1');

const idle: GuildSnapshot = {
  current_song: null,
  queue: [],
  queue_offset: 0,
  queue_length: 0,
  queue_duration_ms: 0,
  history_length: 0,
  is_playing: false,
  is_connected: true,
  channel_id: null,
  text_channel_id: null,
  player_status: 'idle',
  voice_status: 'ready',
  position: { position_ms: 0, at: 0, moving: false, speed: 1 },
  stream_title: null,
  is_seekable: true,
  volume_percent: 100,
  loop: 'off',
  filters: {},
  preset: null,
  crossfade_ms: 0,
  normalize: false,
  muted_by: null,
  layer: null,
  frames: { due: 0, sent: 0, late: 0, missing: 0, silence: 0 },
  gateway_request: null,
  epoch,
  sequence: 0,
  revision: 0,
};

function event(action: GuildEvent['action'], data: unknown, sequence: number): GuildEvent {
  return { action, data, guildId, epoch, sequence, revision: sequence, atMs: 1_000 * sequence } as GuildEvent;
}

test('a song starts, ends, and nothing follows', () => {
  const started = reduceSnapshot(
    idle,
    event('SONG_STARTED', { song: song('a'), position_ms: 500, text_channel_id: null }, 1),
  );
  expect(started).toMatchObject({ is_playing: true, player_status: 'playing', sequence: 1 });
  expect(positionOf(started, 3_500)).toBe(3_000);

  const ended = reduceSnapshot(
    started,
    event('SONG_ENDED', { song: song('a'), reason: 'finished', position_ms: 200_000 }, 2),
  );
  expect(ended).toMatchObject({
    is_playing: false,
    position: { position_ms: 200_000, moving: false, speed: 1 },
    sequence: 2,
  });

  const silent = reduceSnapshot(ended, event('PLAYER_IDLE', { leaves_in_ms: null }, 3));
  expect(silent).toMatchObject({ current_song: null, player_status: 'idle', sequence: 3 });
});

test('the queue is replaced by its head, and its length is told', () => {
  const next = reduceSnapshot(
    idle,
    event('QUEUE_UPDATED', { queue: [song('a')], queue_length: 40, queue_duration_ms: 5, request: null }, 1),
  );
  expect(next).toMatchObject({ queue_length: 40, queue_duration_ms: 5, queue_offset: 0 });
  expect(next.queue.map((entry) => entry.entry_id)).toEqual(['entry-a' as EntryId]);
});

test('a wish to the gateway stands in the snapshot until the player tells that it is answered', () => {
  const wish = {
    payload: { op: 4, d: { guild_id: guildId, channel_id: null, self_mute: false, self_deaf: true } },
  };
  expect(reduceSnapshot(idle, event('VOICE_GATEWAY_SEND', wish, 1))).toEqual({
    ...idle,
    gateway_request: wish,
    sequence: 1,
    revision: 1,
  });
});

test('the position does not run beyond the end, nor backwards on a clock that is behind', () => {
  const playing = {
    ...idle,
    current_song: song('a', { duration: 10 }),
    position: { position_ms: 9_000, at: 5_000, moving: true, speed: 1 },
  };
  expect(positionOf(playing, 60_000)).toBe(10_000);
  expect(positionOf(playing, 4_000)).toBe(9_000);
});

test('the position runs as fast as the track does', () => {
  const position = { position_ms: 9_000, at: 5_000, moving: true, speed: 1.5 };
  expect(positionOf({ ...idle, position }, 7_000)).toBe(12_000);
  expect(positionOf({ ...idle, position: { ...position, moving: false } }, 7_000)).toBe(9_000);
});

test('the difference of the clocks is taken from the least delayed heartbeat', () => {
  const offset = new ClockOffset();
  const mirror = new GuildMirror(guildId, offset);
  mirror.replace({
    ...idle,
    current_song: song('a'),
    position: { position_ms: 0, at: 1_000, moving: true, speed: 1 },
  });
  for (const delay of [40, 5, 90]) offset.observe(1_000, 1_000 + 60_000 + delay);
  // The bot's clock is a minute ahead; two seconds have passed.
  expect(mirror.positionMs(1_000 + 60_005 + 2_000)).toBe(2_000);
});
