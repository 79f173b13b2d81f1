import type {
  ChannelId,
  CommandData,
  GatewayRequest,
  PlayerError,
  ReplyData,
  StopReason,
} from '@bandstand/protocol';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { GuildAnnouncer } from './guild-announcer.ts';
import type { GuildChannels } from './guild-record.ts';
import type { GuildUpdates } from './guild-updates.ts';
import type { VoiceServerData, VoiceStateData } from './ports.ts';
import type { QueueRunner } from './queue-runner.ts';
import type { VoicePresence } from './voice-presence.ts';

export interface VoiceCommandsOptions {
  readonly presence: VoicePresence;
  readonly channels: GuildChannels;
  readonly runner: QueueRunner;
  readonly announce: GuildAnnouncer;
  readonly updates: GuildUpdates;
  readonly clock: Clock;
  readonly log: Logger;
  /** Takes what is only told to its turn. */
  readonly observed: (tell: () => void) => void;
}

/** Whoever asked for the state has it by then, and knows which channel to tell. */
const TELL_AFTER_MS = 1_000;

/** The commands that bring the player into a voice channel or out of it, and what that does to the music. */
export class VoiceCommands {
  readonly #of: VoiceCommandsOptions;
  /** The music was left standing since the process before ended, and nobody was told yet. */
  #leftStanding = false;

  constructor(options: VoiceCommandsOptions) {
    this.#of = options;
  }

  connect(data: CommandData<'CONNECT'>): ReplyData<'CONNECT'> {
    if (data.text_channel_id != null) this.#of.channels.text = data.text_channel_id;
    this.#leftStanding = false;
    return { changed: this.#of.presence.connect(data) };
  }

  disconnect(): ReplyData<'DISCONNECT'> {
    if (this.#of.channels.voice === null) return { changed: false };
    this.#leave('disconnected');
    return { changed: true };
  }

  handleVoiceState(data: VoiceStateData): void {
    this.#of.presence.handleVoiceState(data);
  }

  handleVoiceServer(data: VoiceServerData): void {
    this.#of.presence.handleVoiceServer(data);
  }

  handleVoiceChannel(data: CommandData<'VOICE_CHANNEL_UPDATE'>): void {
    this.#of.presence.handleVoiceChannel(data);
  }

  /** The voice session wants this sent to Discord's gateway, which only the bot can reach. */
  sendToGateway(request: GatewayRequest): void {
    this.#of.presence.remember(request);
    this.#of.announce.gatewaySend(request);
  }

  /**
   * After a restart, for a guild that was in a channel.
   *
   * @param resume - Go back there and on with the music; else it is left standing, and that is told once somebody asks.
   */
  restore(channelId: ChannelId, resume: boolean): void {
    this.#leftStanding = !resume;
    if (resume) this.#of.presence.rejoin(channelId);
  }

  /** Whoever asks for the state first after a restart hears that the music was left standing. */
  tellWhatStoodStill(): void {
    if (!this.#leftStanding) return;
    this.#leftStanding = false;
    const { clock, channels, announce, observed } = this.#of;
    clock.schedule(TELL_AFTER_MS, () => {
      observed(() => {
        if (channels.voice === null) announce.stopped('shutdown');
      });
    });
  }

  /** The session's status changed, or its channel did. */
  changed(): void {
    this.#of.updates.settled(true);
    this.#of.runner.begin();
  }

  /** Time to go; `error` when the session ended by itself. */
  depart(reason: StopReason, error: PlayerError | undefined): void {
    const { announce, log } = this.#of;
    if (error !== undefined) {
      log.warn({ err: error }, 'voice session ended');
      announce.failed(error, { nextStep: 'stopped' });
    }
    this.#leave(reason);
  }

  /** Leaves the channel; what played is kept at the head of the queue with its position. */
  #leave(reason: StopReason): void {
    const { runner, presence, updates, announce } = this.#of;
    runner.shelve();
    presence.leave();
    updates.queueChanged();
    announce.stopped(reason);
    announce.state();
  }
}
