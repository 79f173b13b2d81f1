import type {
  ChannelId,
  CommandData,
  GatewayRequest,
  MutedBy,
  PlayerError,
  StopReason,
} from '@bandstand/protocol';
import type { Clock } from '../clock.ts';
import type { ChangeScope } from './change-scope.ts';
import { DepartureTimer } from './departure-timer.ts';
import { GatewayWish } from './gateway-wish.ts';
import type { GuildChannels } from './guild-record.ts';
import type { VoiceLink, VoiceServerData, VoiceStateData } from './ports.ts';

export interface VoicePresenceOptions {
  readonly link: VoiceLink;
  readonly channels: GuildChannels;
  readonly scope: ChangeScope;
  readonly clock: Clock;
  /** Milliseconds with nothing to do before it leaves; `null` = it stays. */
  readonly idleLeaveMs: number | null;
  /** Milliseconds with nobody else in the channel before it leaves; `null` = it stays. */
  readonly aloneLeaveMs: number | null;
  /** Nothing plays, and nothing is being resolved. */
  readonly hasNothingToDo: () => boolean;
  /** The session's status changed, or the channel did. */
  readonly onChange: () => void;
  /** Time to go; `error` when the session ended by itself. */
  readonly onDeparture: (reason: StopReason, error?: PlayerError) => void;
  /** What the channel allows whoever sends became known, or is another value now. */
  readonly onBitrate: (bitrateBps: number) => void;
  /** Takes what happened by itself to its turn. */
  readonly happened: (apply: () => void) => void;
}

/** Where the player of a guild is in voice, where it is wanted, and when it goes. Knows no queue and no track. */
export class VoicePresence {
  readonly #options: VoicePresenceOptions;
  readonly #link: VoiceLink;
  readonly #channels: GuildChannels;
  readonly #wish = new GatewayWish();
  readonly #idleTimer: DepartureTimer;
  readonly #aloneTimer: DepartureTimer;
  #isSuppressed = false;

  constructor(options: VoicePresenceOptions) {
    const { link, channels, clock, idleLeaveMs, aloneLeaveMs, happened, onDeparture } = options;
    this.#options = options;
    this.#link = link;
    this.#channels = channels;
    this.#idleTimer = new DepartureTimer(clock, idleLeaveMs, () => happened(() => onDeparture('idle')));
    this.#aloneTimer = new DepartureTimer(clock, aloneLeaveMs, () => happened(() => onDeparture('alone')));
    link.on('change', () => happened(() => this.#changed()));
    link.on('audienceChange', () => this.#checkAlone());
    link.on('failed', (error) => {
      happened(() => onDeparture(error.code === 'VOICE_KICKED' ? 'kicked' : 'voice_failed', error));
    });
  }

  /** What was asked of Discord's gateway and is not answered yet. */
  get gatewayRequest(): GatewayRequest | null {
    return this.#wish.current;
  }

  /** Milliseconds until an idle player leaves; `null` = it stays, or is in no channel. */
  get idleLeavesInMs(): number | null {
    return this.#link.channelId === null ? null : this.#idleTimer.afterMs;
  }

  /** Whether there is, or soon will be, a voice session to play into. */
  get isWanted(): boolean {
    return this.#link.status !== 'disconnected' && this.#link.status !== 'failed';
  }

  get isHeard(): boolean {
    return this.#link.status === 'ready' && !this.#link.muted;
  }

  /** Why the session takes no frames although it is ready. */
  get mutedBy(): MutedBy | null {
    if (!this.#link.muted) return null;
    return this.#isSuppressed ? 'stage' : 'moderator';
  }

  /** @returns Whether anything changed. The joining itself waits for the commit. */
  connect(data: CommandData<'CONNECT'>): boolean {
    const changed = this.#link.channelId !== data.channel_id || this.#link.status === 'failed';
    this.#channels.voice = data.channel_id;
    this.#options.scope.afterCommit(() => this.#join(data, changed));
    return changed;
  }

  /** After a restart: back to where the process before was. */
  rejoin(channelId: ChannelId): void {
    this.#channels.voice = channelId;
    this.#link.join(channelId);
  }

  leave(): void {
    this.#channels.voice = null;
    this.#options.scope.afterCommit(() => this.#link.leave());
  }

  remember(request: GatewayRequest): void {
    this.#wish.set(request);
  }

  handleVoiceState(data: VoiceStateData): void {
    this.#wish.voiceStateCame(data.channel_id);
    // Muted for the server weighs more: lifting the suppression alone would not help.
    this.#isSuppressed = data.suppress && !data.mute;
    this.#link.handleVoiceState(data);
  }

  handleVoiceServer(data: VoiceServerData): void {
    this.#wish.voiceServerCame(data.endpoint);
    this.#link.handleVoiceServer(data);
  }

  handleVoiceChannel(data: CommandData<'VOICE_CHANNEL_UPDATE'>): void {
    if (data.channel_id === this.#link.channelId) this.#options.onBitrate(data.bitrate_bps);
  }

  /** Somebody wants something: it does not leave for having nothing to do. */
  stayAwake(): void {
    this.#idleTimer.set(false);
  }

  checkIdle(): void {
    this.#idleTimer.set(this.#link.channelId !== null && this.#options.hasNothingToDo());
  }

  destroy(): void {
    this.#idleTimer.set(false);
    this.#aloneTimer.set(false);
    this.#link.removeAllListeners();
    this.#link.destroy();
  }

  #join(data: CommandData<'CONNECT'>, changed: boolean): void {
    // A session that is being mended hears of it as well: a person who asks ends its back-off.
    if (changed || this.#link.status === 'recovering') this.#link.join(data.channel_id);
    if (data.session_id == null || data.user_id == null || data.token == null) return;
    this.#link.handleVoiceState({
      channel_id: data.channel_id,
      session_id: data.session_id,
      user_id: data.user_id,
      self_mute: false,
      self_deaf: true,
      mute: false,
      deaf: false,
      suppress: false,
    });
    this.#link.handleVoiceServer({ token: data.token, endpoint: data.endpoint ?? null });
  }

  #changed(): void {
    this.#channels.voice = this.#link.channelId as ChannelId | null;
    if (this.#channels.voice === null) this.#wish.withdrawJoin();
    this.#options.onChange();
    this.#checkAlone();
    this.checkIdle();
  }

  #checkAlone(): void {
    this.#aloneTimer.set(this.#link.status === 'ready' && this.#link.audience === 0);
  }
}
