import { createHistogram } from 'node:perf_hooks';
import { Readable } from 'node:stream';
import tls from 'node:tls';
import {
  createAudioPlayer,
  createAudioResource,
  type DiscordGatewayAdapterLibraryMethods,
  entersState,
  joinVoiceChannel,
  StreamType,
  VoiceConnectionStatus,
  VoiceUDPSocket,
} from '@discordjs/voice';
import type { FrameSource } from '../src/audio/frame.ts';
import type { VoiceSession } from '../src/voice/voice-session.ts';
import { VoiceSessions } from '../src/voice/voice-sessions.ts';

/** Plays on so many connections for so long, one way or the other, and reports what it cost. */
interface Task {
  readonly way: 'own' | 'stock';
  readonly caPem: string;
  readonly streams: number;
  readonly seconds: number;
  readonly frameBytes: number;
}

type Allocation = { readonly guildId: string; readonly token: string; readonly endpoint: string };

const allocations = new Map<string, (allocation: Allocation) => void>();
process.on('message', (message: Task | Allocation) => {
  if ('guildId' in message) allocations.get(message.guildId)?.(message);
  else void run(message);
});

function allocate(guildId: string): Promise<Allocation> {
  return new Promise((resolve) => {
    allocations.set(guildId, resolve);
    process.send?.({ allocate: { guildId, listen: false } });
  });
}

async function run({ way, caPem, streams, seconds, frameBytes }: Task): Promise<void> {
  tls.setDefaultCACertificates([caPem]);
  const frame = Buffer.alloc(frameBytes, 7);
  frame[0] = 0xfc;
  const guildIds = Array.from(
    { length: streams },
    (_, index) => `${100_000_000_000_000_000n + BigInt(index)}`,
  );
  const jitterUs = createHistogram({ lowest: 1, highest: 10_000_000, figures: 2 });
  let packets = 0;
  const lastAt = new WeakMap<VoiceUDPSocket, number>();
  const { send } = VoiceUDPSocket.prototype;
  VoiceUDPSocket.prototype.send = function (buffer) {
    send.call(this, buffer);
    if (buffer.length < 20) return; // keepalive
    const now = performance.now();
    const before = lastAt.get(this);
    lastAt.set(this, now);
    packets++;
    if (before !== undefined) jitterUs.record(Math.max(1, Math.round(Math.abs(now - before - 20) * 1_000)));
  };

  const play = way === 'own' ? await startOwn(guildIds, frame) : await startStock(guildIds, frame);

  play();
  await new Promise((resolve) => setTimeout(resolve, 2_000));
  jitterUs.reset();
  packets = 0;
  const cpuBefore = process.cpuUsage();
  const startedAt = performance.now();
  await new Promise((resolve) => setTimeout(resolve, seconds * 1_000));
  const elapsedMs = performance.now() - startedAt;
  const { user, system } = process.cpuUsage(cpuBefore);
  process.send?.({
    result: {
      way,
      streams,
      cpuPercent: (user + system) / elapsedMs / 10,
      usPerPacket: (user + system) / packets,
      packetsPercent: (packets / (streams * 50 * (elapsedMs / 1_000))) * 100,
      jitterP50Ms: jitterUs.percentile(50) / 1_000,
      jitterP99Ms: jitterUs.percentile(99) / 1_000,
      jitterP999Ms: jitterUs.percentile(99.9) / 1_000,
      rssMb: process.memoryUsage.rss() / 2 ** 20,
    },
  });
}

async function startOwn(guildIds: readonly string[], frame: Buffer): Promise<() => void> {
  const source: FrameSource = { status: 'flowing', next: () => frame };
  const sessions = new VoiceSessions({ send: () => {}, logOf: () => ({ warn: () => {}, info: () => {} }) });
  const opened: VoiceSession[] = [];
  for (const guildId of guildIds) {
    const session = sessions.open(guildId);
    const ready = new Promise<void>((resolve) =>
      session.on('change', (_previous, { status }) => status === 'ready' && resolve()),
    );
    const { token, endpoint } = await allocate(guildId);
    session.join(guildId);
    session.handleVoiceState({ user_id: guildId, channel_id: guildId, session_id: 'bench' });
    session.handleVoiceServer({ token, endpoint });
    await ready;
    opened.push(session);
  }
  return () => {
    for (const session of opened) session.play(source);
  };
}

async function startStock(guildIds: readonly string[], frame: Buffer): Promise<() => void> {
  const players: ReturnType<typeof createAudioPlayer>[] = [];
  for (const guildId of guildIds) {
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
    await entersState(connection, VoiceConnectionStatus.Ready, 10_000);
    const player = createAudioPlayer();
    connection.subscribe(player);
    players.push(player);
  }
  return () => {
    for (const player of players) {
      const frames = new Readable({ objectMode: true, read: () => frames.push(frame) });
      player.play(createAudioResource(frames, { inputType: StreamType.Opus }));
    }
  };
}
