import { ChannelType, GatewayDispatchEvents } from 'discord-api-types/v10';
import type { VoiceAnswerFaults } from '../faults.ts';
import type { VoiceBackend } from '../voice-seam.ts';
import { voiceStatePayload } from './payloads.ts';
import { may } from './permissions.ts';
import type { ChannelRecord, GuildRecord, VoiceStateRecord } from './records.ts';
import type { World } from './world.ts';

/** Close codes of the voice gateway (Discord, "Voice Close Event Codes"). */
const DISCONNECTED = 4014;
const CALL_TERMINATED = 4022;

export interface VoiceJoin {
  readonly channelId: string;
  readonly selfMute: boolean;
  readonly selfDeaf: boolean;
  /** A bot's gateway session; a person's client makes one up. */
  readonly sessionId: string;
}

/**
 * Who is in which voice channel.
 *
 * A bot's join is answered with two events: its own VOICE_STATE_UPDATE, then VOICE_SERVER_UPDATE to the session
 * that asked. A join that is not allowed is answered with nothing at all, as on Discord.
 */
export class VoicePresence {
  readonly #world: World;
  readonly #backend: VoiceBackend;
  readonly #faults: VoiceAnswerFaults;
  readonly #dave: boolean;

  constructor(world: World, backend: VoiceBackend, faults: VoiceAnswerFaults, dave: boolean) {
    this.#world = world;
    this.#backend = backend;
    this.#faults = faults;
    this.#dave = dave;
  }

  /** Whether calls in this channel are end-to-end encrypted; stage channels never are. */
  encrypts(channel: ChannelRecord): boolean {
    return this.#dave && channel.type !== ChannelType.GuildStageVoice;
  }

  /** Op 4 with a channel, or a person's click on one. @returns Whether the user is in the channel now. */
  join(guild: GuildRecord, userId: string, join: VoiceJoin): boolean {
    const channel = guild.channels.get(join.channelId);
    if (channel === undefined || channel.type === ChannelType.GuildText) return false;

    const before = guild.voiceStates.get(userId);
    const arrives = before?.channelId !== channel.id;
    if (arrives && !this.#mayEnter(guild, userId, channel)) return false;

    const isBot = this.#world.applications.has(userId);
    const fault = isBot ? this.#faults.take() : undefined;
    if (fault === 'silent') return false;

    const sameSession = before?.sessionId === join.sessionId;
    const changesFlags = before?.selfMute !== join.selfMute || before.selfDeaf !== join.selfDeaf;
    if (arrives && before !== undefined) this.#backend.revoke({ guildId: guild.id, userId }, DISCONNECTED);
    const state = this.#place(guild, userId, channel, join, arrives);

    // Asking again for what is already so is how a client asks for a fresh voice server.
    const wantsServer = isBot && (arrives || !sameSession || !changesFlags);
    if (fault === 'swapped' && wantsServer) this.#giveServer(guild, state);
    this.#announce(guild, state);
    if (wantsServer && fault !== 'swapped') this.#giveServer(guild, state, fault === 'endpointNull');
    return true;
  }

  /** @returns `false` when the user was in no voice channel. */
  leave(guild: GuildRecord, userId: string, closeCode = DISCONNECTED): boolean {
    const state = guild.voiceStates.get(userId);
    if (state === undefined) return false;
    guild.voiceStates.delete(userId);
    this.#announce(guild, { ...state, channelId: null });
    this.#backend.revoke({ guildId: guild.id, userId }, closeCode);
    return true;
  }

  /** Somebody with the right to do so drags the user into another channel. */
  move(guild: GuildRecord, userId: string, channel: ChannelRecord): boolean {
    const state = guild.voiceStates.get(userId);
    if (state === undefined || state.channelId === channel.id) return false;
    this.#backend.revoke({ guildId: guild.id, userId }, DISCONNECTED);
    state.channelId = channel.id;
    state.suppress = channel.type === ChannelType.GuildStageVoice;
    this.#announce(guild, state);
    if (this.#world.applications.has(userId)) this.#giveServer(guild, state);
    return true;
  }

  /** Tells everybody about a state that was changed from outside (server mute, request to speak). */
  refresh(guild: GuildRecord, userId: string): void {
    const state = guild.voiceStates.get(userId);
    if (state !== undefined) this.#announce(guild, state);
  }

  closeChannel(guild: GuildRecord, channel: ChannelRecord): void {
    for (const state of [...guild.voiceStates.values()]) {
      if (state.channelId === channel.id) this.leave(guild, state.userId, CALL_TERMINATED);
    }
  }

  /** A gateway session ended for good: the voice states it held end with it. */
  endSession(sessionId: string): void {
    for (const guild of this.#world.guilds.values()) {
      for (const state of [...guild.voiceStates.values()]) {
        if (state.sessionId === sessionId) this.leave(guild, state.userId);
      }
    }
  }

  /** The voice server goes away: first `endpoint: null`. `restoreServer` brings the next one. */
  loseServer(guild: GuildRecord, botId: string): void {
    const state = guild.voiceStates.get(botId);
    if (state === undefined) throw new Error(`${botId} is in no voice channel of ${guild.name}`);
    this.#backend.revoke({ guildId: guild.id, userId: botId }, CALL_TERMINATED);
    this.#giveServer(guild, state, true);
  }

  restoreServer(guild: GuildRecord, botId: string): void {
    const state = guild.voiceStates.get(botId);
    if (state === undefined) throw new Error(`${botId} is in no voice channel of ${guild.name}`);
    this.#giveServer(guild, state);
  }

  #mayEnter(guild: GuildRecord, userId: string, channel: ChannelRecord): boolean {
    if (!may(guild, userId, ['ViewChannel', 'Connect'], channel)) return false;
    const inside = [...guild.voiceStates.values()].filter((state) => state.channelId === channel.id).length;
    const full = channel.userLimit > 0 && inside >= channel.userLimit;
    return !full || may(guild, userId, ['MoveMembers'], channel);
  }

  #place(
    guild: GuildRecord,
    userId: string,
    channel: ChannelRecord,
    join: VoiceJoin,
    arrives: boolean,
  ): VoiceStateRecord {
    const before = guild.voiceStates.get(userId);
    const state: VoiceStateRecord = {
      userId,
      guildId: guild.id,
      channelId: channel.id,
      sessionId: join.sessionId,
      selfMute: join.selfMute,
      selfDeaf: join.selfDeaf,
      suppress: arrives ? channel.type === ChannelType.GuildStageVoice : (before?.suppress ?? false),
      requestToSpeakAt: arrives ? null : (before?.requestToSpeakAt ?? null),
    };
    guild.voiceStates.set(userId, state);
    return state;
  }

  #announce(
    guild: GuildRecord,
    state: Omit<VoiceStateRecord, 'channelId'> & { readonly channelId: string | null },
  ): void {
    this.#world.dispatch(
      { t: GatewayDispatchEvents.VoiceStateUpdate, d: voiceStatePayload(this.#world, guild, state) },
      { guildId: guild.id },
    );
  }

  #giveServer(guild: GuildRecord, state: VoiceStateRecord, withoutEndpoint = false): void {
    const channel = guild.channels.get(state.channelId);
    if (channel === undefined) throw new Error(`bug: a voice state in no channel: ${state.channelId}`);
    const server = withoutEndpoint
      ? { token: this.#world.ids.secret('voice token'), endpoint: null }
      : this.#backend.allocate({
          guildId: guild.id,
          channelId: channel.id,
          userId: state.userId,
          sessionId: state.sessionId,
          dave: this.encrypts(channel),
        });
    this.#world.dispatch(
      { t: GatewayDispatchEvents.VoiceServerUpdate, d: { ...server, guild_id: guild.id } },
      { guildId: guild.id, applicationId: state.userId, sessionId: state.sessionId },
    );
  }
}
