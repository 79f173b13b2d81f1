import { once } from 'node:events';
import { Readable } from 'node:stream';
import tls from 'node:tls';
import {
  AudioPlayerStatus,
  createAudioPlayer,
  createAudioResource,
  entersState,
  getVoiceConnection,
  joinVoiceChannel,
  StreamType,
  type VoiceConnection,
  VoiceConnectionStatus,
} from '@discordjs/voice';
import type { Client } from 'discord.js';
import { describe, expect, it } from 'vitest';
import {
  type DiscordSimulator,
  type SimulatorOptions,
  startDiscordSimulator,
  type VoiceChannelHandle,
  type VoiceListener,
} from '../src/index.ts';
import { encodeTone, measureFrequencyHz } from '../src/voice/fixtures/tone.ts';
import { logIn } from './discord-js-client.ts';

const SILENCE = Buffer.from([0xf8, 0xff, 0xfe]);
const DEADLINE_MS = 5000;

/** discord.js and @discordjs/voice, both unmodified, in one process. */
async function startWithVoice(options: SimulatorOptions = {}) {
  const discord = await startDiscordSimulator(options);
  tls.setDefaultCACertificates([...tls.getCACertificates('default'), discord.caPem]);
  const session = await logIn(discord);
  return {
    discord,
    client: session.client,
    async [Symbol.asyncDispose]() {
      getVoiceConnection(discord.guild().id)?.destroy();
      await session[Symbol.asyncDispose]();
      await discord.close();
    },
  };
}

function join(client: Client, discord: DiscordSimulator, channel: VoiceChannelHandle): VoiceConnection {
  const guild = client.guilds.cache.get(discord.guild().id);
  if (guild === undefined) throw new Error('the guild is not cached');
  return joinVoiceChannel({
    guildId: guild.id,
    channelId: channel.id,
    selfDeaf: false,
    adapterCreator: guild.voiceAdapterCreator,
  });
}

async function play(connection: VoiceConnection, frames: Buffer[]): Promise<void> {
  const player = createAudioPlayer({ behaviors: { maxMissedFrames: 250 } });
  connection.subscribe(player);
  player.play(createAudioResource(Readable.from(frames), { inputType: StreamType.Opus }));
  await entersState(player, AudioPlayerStatus.Playing, DEADLINE_MS);
  await entersState(player, AudioPlayerStatus.Idle, DEADLINE_MS);
}

/** The library says "ready" before the encrypted group exists. */
async function becomesSecure(connection: VoiceConnection): Promise<void> {
  const isReady = () => {
    const { state } = connection as unknown as {
      state: { networking?: { state: { dave?: { session?: { ready: boolean } } } } };
    };
    return state.networking?.state.dave?.session?.ready;
  };
  await expect.poll(isReady, { timeout: DEADLINE_MS, interval: 5 }).toBe(true);
}

const audible = (ear: VoiceListener) => ear.frames.filter(({ opus }) => !opus.equals(SILENCE));

describe('what a bot plays', () => {
  it('is heard in a voice channel, end-to-end encrypted, as it was sent', async () => {
    await using stage = await startWithVoice();
    const { discord, client } = stage;
    const lounge = discord.guild().voiceChannel('Lounge');
    const alice = discord.user('alice');
    await alice.joins(lounge);
    const ear = await alice.hears();
    const connection = join(client, discord, lounge);
    await entersState(connection, VoiceConnectionStatus.Ready, DEADLINE_MS);
    await becomesSecure(connection);
    const tone = encodeTone(50);

    await play(connection, tone);

    await expect.poll(() => audible(ear).length).toBe(50);
    expect(audible(ear).every(({ opus }, i) => opus.equals(tone[i] ?? SILENCE))).toBe(true);
    expect(new Set(audible(ear).map(({ encrypted, fromUserId }) => `${encrypted} ${fromUserId}`))).toEqual(
      new Set([`dave ${discord.bot.id}`]),
    );
    expect(measureFrequencyHz(ear.pcm())).toBeCloseTo(440, 0);
    expect(ear.counts).toMatchObject({ lost: 0, undecryptable: 0, plaintextWhileDave: 0 });
    discord.assertNothingUnexpected();
  });

  it.each([
    ['a stage channel', 'Stage', {}],
    ['a voice channel without DAVE', 'Lounge', { dave: false }],
  ])('is heard in %s with transport encryption alone', async (_what, name, options) => {
    await using stage = await startWithVoice(options);
    const { discord, client } = stage;
    const channel = discord.guild().voiceChannel(name);
    await discord.user('alice').joins(channel);
    const ear = await discord.user('alice').hears();
    const connection = join(client, discord, channel);
    await entersState(connection, VoiceConnectionStatus.Ready, DEADLINE_MS);

    await play(connection, encodeTone(10));

    await expect.poll(() => audible(ear).length).toBe(10);
    expect(new Set(audible(ear).map(({ encrypted }) => encrypted))).toEqual(new Set(['transport-only']));
    discord.assertNothingUnexpected();
  });

  it('follows the bot when a moderator moves it', async () => {
    await using stage = await startWithVoice();
    const { discord, client } = stage;
    const studio = discord.guild().voiceChannel('Studio');
    await discord.user('bob').joins(studio);
    const ear = await discord.user('bob').hears();
    const connection = join(client, discord, discord.guild().voiceChannel('Lounge'));
    await entersState(connection, VoiceConnectionStatus.Ready, DEADLINE_MS);
    const reconnecting = once(connection, VoiceConnectionStatus.Connecting);

    discord.moderator.moves(discord.bot, studio);
    await reconnecting;
    await entersState(connection, VoiceConnectionStatus.Ready, DEADLINE_MS);
    await becomesSecure(connection);
    await play(connection, encodeTone(10));

    await expect.poll(() => audible(ear).length).toBe(10);
    expect(studio.memberIds).toContain(discord.bot.id);
  });

  it('is heard no longer by a person whom a moderator moved away', async () => {
    await using stage = await startWithVoice({ dave: false });
    const { discord, client } = stage;
    const lounge = discord.guild().voiceChannel('Lounge');
    const [alice, bob] = [discord.user('alice'), discord.user('bob')];
    await Promise.all([alice.joins(lounge), bob.joins(lounge)]);
    const [moved, staying] = [await alice.hears(), await bob.hears()];
    const connection = join(client, discord, lounge);
    await entersState(connection, VoiceConnectionStatus.Ready, DEADLINE_MS);

    discord.moderator.moves(alice, discord.guild().voiceChannel('Studio'));
    await play(connection, encodeTone(10));

    await expect.poll(() => audible(staying).length).toBe(10);
    expect(moved.frames).toEqual([]);
  });

  it('ends when a moderator disconnects the bot', async () => {
    await using stage = await startWithVoice();
    const { discord, client } = stage;
    const connection = join(client, discord, discord.guild().voiceChannel('Lounge'));
    await entersState(connection, VoiceConnectionStatus.Ready, DEADLINE_MS);
    const disconnected = once(connection, VoiceConnectionStatus.Disconnected);

    discord.moderator.kicks(discord.bot);

    const [, state] = await disconnected;
    expect(state).toMatchObject({ closeCode: 4014 });
    expect(discord.bot.voiceStateIn(discord.guild())).toBeUndefined();
  });

  it('stops when the bot says goodbye to the gateway', async () => {
    await using stage = await startWithVoice();
    const { discord, client } = stage;
    const connection = join(client, discord, discord.guild().voiceChannel('Lounge'));
    await entersState(connection, VoiceConnectionStatus.Ready, DEADLINE_MS);

    await client.destroy();

    await expect.poll(() => discord.bot.voiceStateIn(discord.guild())).toBeUndefined();
  });
});
