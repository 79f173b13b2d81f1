import type { CommandAction, CommandOf, ReplyData, RequestKey } from '@bandstand/protocol';
import type { GuildPlayer } from '../players/guild-player.ts';

type PlayerAction = Exclude<CommandAction, 'HELLO' | 'SEARCH'>;

type PlayerCommands = {
  readonly [A in PlayerAction]: (player: GuildPlayer, command: CommandOf<A>, key: RequestKey) => ReplyData<A>;
};

/** Which command of the wire is which method of a guild's player. */
export const PLAYER_COMMANDS: PlayerCommands = {
  CONNECT: (player, { data }) => player.voice.connect(data),
  VOICE_STATE_UPDATE: (player, { data }) => {
    player.voice.handleVoiceState(data);
    return {};
  },
  VOICE_SERVER_UPDATE: (player, { data }) => {
    player.voice.handleVoiceServer(data);
    return {};
  },
  VOICE_CHANNEL_UPDATE: (player, { data }) => {
    player.voice.handleVoiceChannel(data);
    return {};
  },
  DISCONNECT: (player) => player.voice.disconnect(),
  ADD_TO_QUEUE: (player, { data }, key) => ({ outcome: player.queue.add(key, data) }),
  SKIP_SONG: (player, { data }) => player.playback.skip(data.entry_id ?? null),
  PLAY_NEXT: (player, { data }) => player.queue.playNext(data.entry_id, data.now),
  PREVIOUS: (player) => player.playback.previous(),
  PAUSE: (player) => player.playback.pause(),
  RESUME: (player) => player.playback.resume(),
  SEEK: (player, { data }) => player.playback.seek(data.position_ms, data.entry_id ?? null),
  SET_VOLUME: (player, { data }) => player.sound.setVolume(data.volume_percent),
  SET_FILTERS: (player, { data }) => player.sound.setFilters(data),
  SET_CROSSFADE: (player, { data }) => player.sound.setCrossfade(data.crossfade_ms),
  SET_NORMALIZATION: (player, { data }) => player.sound.setNormalization(data.enabled),
  PLAY_LAYER: (player, { data }, key) => player.layers.play(key, data),
  STOP_LAYER: (player, { data }) => player.layers.stop(data.layer_id ?? null),
  SET_LOOP: (player, { data }) => player.queue.setLoop(data.mode),
  SHUFFLE: (player) => player.queue.shuffle(),
  MOVE_IN_QUEUE: (player, { data }) => player.queue.move(data.entry_id, data.to_index),
  REMOVE_FROM_QUEUE: (player, { data }) => player.queue.remove(data),
  CLEAR_QUEUE: (player, { data }) => player.queue.clear(data.stop),
  RESET_PLAYER: (player) => player.reset(),
  GET_STATE: (player, { data }) => ({
    ...player.snapshot(data.queue_offset, data.queue_limit),
    request: data.request_key == null ? null : player.queue.outcomeOf(data.request_key),
  }),
};
