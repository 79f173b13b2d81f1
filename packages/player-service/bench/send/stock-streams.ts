import { createReadStream } from 'node:fs';
import { Readable } from 'node:stream';
import {
  type AudioResource,
  createAudioPlayer,
  createAudioResource,
  type DiscordGatewayAdapterLibraryMethods,
  entersState,
  joinVoiceChannel,
  StreamType,
  type VoiceConnection,
  VoiceConnectionStatus,
} from '@discordjs/voice';
import { type Allocate, FRAME, type OpenStreams, openEach } from './streams.ts';

const JOIN_DEADLINE_MS = 10_000;
const JOINS = 3;

/** The library as its guide shows it: one connection and one `AudioPlayer` for each guild. */
export const openStockStreams: OpenStreams = async (guildIds, allocate, mediaPath) => {
  const players = await openEach(guildIds, async (guildId) => {
    const connection = await join(guildId, allocate);
    const player = createAudioPlayer();
    connection.subscribe(player);
    return player;
  });
  let playing = 0;
  return {
    play(count) {
      for (const player of players.slice(count, playing)) player.stop(true);
      for (const player of players.slice(playing, count)) {
        player.play(mediaPath === undefined ? oneFrame() : webm(mediaPath));
      }
      playing = count;
    },
  };
};

async function join(guildId: string, allocate: Allocate): Promise<VoiceConnection> {
  for (let tries = 1; ; tries++) {
    const { token, endpoint } = await allocate(guildId);
    let library: DiscordGatewayAdapterLibraryMethods | undefined;
    const connection = joinVoiceChannel({
      guildId,
      channelId: guildId,
      group: 'bench',
      adapterCreator: (methods) => {
        library = methods;
        return { sendPayload: () => true, destroy: () => {} };
      },
    });
    library?.onVoiceStateUpdate({
      guild_id: guildId,
      channel_id: guildId,
      user_id: guildId,
      session_id: 'bench',
      deaf: false,
      mute: false,
      self_deaf: false,
      self_mute: false,
      self_video: false,
      suppress: false,
      request_to_speak_timestamp: null,
    });
    library?.onVoiceServerUpdate({ token, endpoint, guild_id: guildId });
    connection.on('error', () => {}); // the deadline below is what ends it
    try {
      return await entersState(connection, VoiceConnectionStatus.Ready, JOIN_DEADLINE_MS);
    } catch (error) {
      connection.destroy();
      if (tries === JOINS) throw error;
    }
  }
}

function oneFrame(): AudioResource {
  const frames = new Readable({ objectMode: true, read: () => frames.push(FRAME) });
  return createAudioResource(frames, { inputType: StreamType.Opus });
}

function webm(path: string): AudioResource {
  return createAudioResource(createReadStream(path), { inputType: StreamType.WebmOpus });
}
