import type { CommandAction, CommandOf, ReplyData, RequestKey } from '@bandstand/protocol';
import type { GuildPlayer } from '../players/guild-player.ts';

type PlayerAction = Exclude<CommandAction, 'HELLO' | 'SEARCH'>;

type PlayerCommands = {
  readonly [A in PlayerAction]: (player: GuildPlayer, command: CommandOf<A>, key: RequestKey) => ReplyData<A>;
};

/** Which command of the wire is which method of a guild's player. */
export const PLAYER_COMMANDS: PlayerCommands = {
  CONNECT: (player, { data }) => player.connect(data),
  VOICE_STATE_UPDATE: (player, { data }) => {
    player.handleVoiceState(data);
    return {};
  },
  VOICE_SERVER_UPDATE: (player, { data }) => {
    player.handleVoiceServer(data);
    return {};
  },
  DISCONNECT: (player) => player.disconnect(),
  ADD_TO_QUEUE: (player, { data }, key) => ({ outcome: player.add(key, data) }),
  SKIP_SONG: (player, { data }) => player.skip(data.entry_id ?? null),
  PLAY_NEXT: (player, { data }) => player.playNext(data.entry_id, data.now),
  PREVIOUS: (player) => player.previous(),
  PAUSE: (player) => player.pause(),
  RESUME: (player) => player.resume(),
  SEEK: (player, { data }) => player.seek(data.position_ms, data.entry_id ?? null),
  SET_VOLUME: (player, { data }) => player.setVolume(data.volume_percent),
  SET_LOOP: (player, { data }) => player.setLoop(data.mode),
  SHUFFLE: (player) => player.shuffle(),
  MOVE_IN_QUEUE: (player, { data }) => player.move(data.entry_id, data.to_index),
  REMOVE_FROM_QUEUE: (player, { data }) => player.remove(data),
  CLEAR_QUEUE: (player, { data }) => player.clear(data.stop),
  RESET_PLAYER: (player) => player.reset(),
  GET_STATE: (player, { data }) => ({
    ...player.snapshot(data.queue_offset, data.queue_limit),
    request: data.request_key == null ? null : player.outcomeOf(data.request_key),
  }),
};
