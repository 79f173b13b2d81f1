import { EventEmitter } from 'node:events';
import { type ErrorDetails, PlayerError } from '@bandstand/protocol';
import type { FrameSource } from '../audio/frame.ts';
import { ChannelPresence } from './channel-presence.ts';
import { type LossPolicy, policyForClose, SILENT_LOSSES } from './close-codes.ts';
import { type FrameCounts, FrameSender } from './frame-sender.ts';
import { JoinRequest } from './join-request.ts';
import { RejoinBudget } from './rejoin-budget.ts';
import {
  RemoteAdapter,
  type VoiceCredentials,
  type VoiceServerUpdate,
  type VoiceStateUpdate,
} from './remote-adapter.ts';
import { VoiceConnection } from './voice-connection.ts';
import {
  VOICE_DEADLINES,
  type VoiceSessionEvents,
  type VoiceSessionOptions,
} from './voice-session-options.ts';
import { canMove, ownedBy, type VoiceSessionState } from './voice-session-state.ts';

/** More resumes than this without a stable time between them end in a rejoin. */
const MAX_RESUMES = 5;

/**
 * Our voice session in one guild: gets in, stays in, and lets frames out only while they can be heard.
 *
 * What it does about a loss stands in `close-codes.ts`. Losses are never fatal to the source: it waits, and goes on with
 * the next frame.
 */
export class VoiceSession extends EventEmitter<VoiceSessionEvents> {
  readonly guildId: string;
  readonly #options: VoiceSessionOptions;
  readonly #presence: ChannelPresence;
  readonly #adapter: RemoteAdapter;
  readonly #sender: FrameSender;
  readonly #budget: RejoinBudget;
  #state: VoiceSessionState = { status: 'disconnected' };
  #audience = 0;
  #resumes = 0;
  /** The one deadline of the state at hand. */
  #cancelTimer: (() => void) | undefined;

  constructor(options: VoiceSessionOptions) {
    super();
    this.guildId = options.guildId;
    this.#options = options;
    this.#presence = new ChannelPresence(options.guildId, options.outbox);
    this.#adapter = new RemoteAdapter(options.clock, (credentials) => this.#open(credentials));
    this.#sender = new FrameSender(options.frameClock, (error) => this.#failBug(error));
    this.#budget = new RejoinBudget(options.random);
  }

  get state(): VoiceSessionState {
    return this.#state;
  }

  get status(): Exclude<VoiceSessionState['status'], 'destroyed'> {
    return this.#state.status === 'destroyed' ? 'disconnected' : this.#state.status;
  }

  /** Where we are or are going to be. */
  get channelId(): string | null {
    return 'channelId' in this.#state ? this.#state.channelId : null;
  }

  /** Other clients in the channel; 0 while not connected. */
  get audience(): number {
    return this.#audience;
  }

  get frames(): Readonly<FrameCounts> {
    return this.#sender.counts;
  }

  /**
   * Goes to a channel. How it ends is told by `change` and `failed`. Credentials handed over in the same turn of the
   * event loop spare the question (op 4).
   *
   * @returns Whether anything changed.
   */
  join(channelId: string): boolean {
    if (this.channelId === channelId) return false;
    if (this.#state.status === 'destroyed') throw new Error('bug: join on a destroyed voice session');
    this.#budget.reset();
    this.#resumes = 0;
    this.#transition({ status: 'joining', channelId, request: this.#ask(channelId, 0) });
    return true;
  }

  /** @returns Whether anything changed. The source stays, and goes on after the next join. */
  leave(): boolean {
    if (this.#state.status === 'disconnected' || this.#state.status === 'destroyed') return false;
    this.#presence.leave();
    this.#adapter.close();
    this.#transition({ status: 'disconnected' });
    return true;
  }

  /** The bot user's own voice state in this guild. */
  handleVoiceState(update: VoiceStateUpdate): void {
    if (this.channelId === null) return; // an echo of something that was given up
    this.#presence.observe(update.channel_id);
    if (update.channel_id === null) this.#onRemoved();
    else if (update.channel_id !== this.channelId) this.#onMoved(update.channel_id);
    this.#adapter.onVoiceStateUpdate(update);
  }

  /** @throws {@link PlayerError} `BAD_REQUEST` when the endpoint is none. */
  handleVoiceServer(update: VoiceServerUpdate): void {
    if (this.channelId === null) return;
    this.#adapter.onVoiceServerUpdate(update);
    if (update.endpoint === null) this.#onEndpointRemoved();
  }

  /** Replaces what is played. A session that is not ready, or paused, takes nothing from the source. */
  play(source: FrameSource): void {
    this.#sender.play(source);
  }

  /** Plays nothing. */
  stop(): void {
    this.#sender.stop();
  }

  /** @returns Whether anything changed. */
  pause(): boolean {
    return this.#sender.pause();
  }

  /** @returns Whether anything changed. */
  unpause(): boolean {
    return this.#sender.unpause();
  }

  destroy(): void {
    if (this.#state.status === 'destroyed') return;
    this.#presence.leave();
    this.#sender.stop();
    this.#adapter.close();
    this.#transition({ status: 'destroyed' });
  }

  #ask(channelId: string, delayMs: number): JoinRequest {
    return new JoinRequest({
      clock: this.#options.clock,
      deadlineMs: VOICE_DEADLINES.joinMs,
      ask: { delayMs, post: (onSent) => this.#presence.enter(channelId, () => this.#onAsked(onSent)) },
      onTimeout: () => this.#lose(SILENT_LOSSES.joinTimeout),
    });
  }

  #onAsked(startDeadline: () => void): void {
    this.#adapter.expectAnswer();
    startDeadline();
  }

  /** Fresh credentials came, asked for or not: whatever connection there is, is not the one any more. */
  #open(credentials: VoiceCredentials): void {
    const state = this.#state;
    const { channelId } = credentials;
    if (this.channelId === null) return;
    const connection = this.#connect(credentials);
    if (state.status === 'joining') {
      state.request.answer();
      this.#transition({ ...state, channelId, connection });
      return;
    }
    const request =
      (state.status === 'recovering' ? state.request : undefined) ??
      this.#await(SILENT_LOSSES.joinTimeout, VOICE_DEADLINES.joinMs);
    request.answer();
    const cause = state.status === 'recovering' ? state.cause : 'another voice server';
    this.#transition({ status: 'recovering', channelId, cause, request, connection });
  }

  #connect(credentials: VoiceCredentials): VoiceConnection {
    const connection = new VoiceConnection(this.guildId, credentials, this.#options.clock);
    const { channelId } = credentials;
    connection.on('connected', () => this.#transition({ status: 'securing', channelId, connection }));
    connection.on('change', () => this.#onConnectionChange(connection));
    connection.on('resuming', () => this.#onResuming(connection));
    connection.on('closed', (closeCode) => this.#lose(policyForClose(closeCode), { closeCode }));
    connection.on('faulted', () => this.#lose(SILENT_LOSSES.handlerFault));
    return connection;
  }

  #onConnectionChange(connection: VoiceConnection): void {
    if (this.#audience !== connection.audience) {
      this.#audience = connection.audience;
      this.emit('audienceChange', this.#audience);
    }
    const state = this.#state;
    if (state.status === 'securing' && connection.isSecure) this.#transition({ ...state, status: 'ready' });
    else if (state.status === 'ready' && !connection.isSecure)
      this.#transition({ ...state, status: 'securing' });
  }

  #onResuming(connection: VoiceConnection): void {
    const { channelId } = connection.credentials;
    if (++this.#resumes > MAX_RESUMES) this.#lose(SILENT_LOSSES.resumeStorm);
    else this.#transition({ status: 'recovering', channelId, cause: 'resuming', connection });
  }

  #onMoved(channelId: string): void {
    if (this.#state.status === 'joining') return; // the credentials will say where to
    const { moved } = SILENT_LOSSES;
    const request = this.#await(moved, VOICE_DEADLINES.awaitServerMs);
    this.#transition({ status: 'recovering', channelId, cause: moved.meaning, request });
  }

  /** Out of the channel. After our own question (op 4) that may be the end of the session before. */
  #onRemoved(): void {
    const asks = 'request' in this.#state && this.#state.request?.asks === true;
    if (this.#state.status === 'joining' || asks) return;
    this.#fail(new PlayerError('VOICE_KICKED', 'disconnected from the voice channel'));
  }

  #onEndpointRemoved(): void {
    const { channelId } = this;
    if (channelId === null || this.#state.status === 'joining') return; // the join deadline runs already
    const { endpointRemoved } = SILENT_LOSSES;
    const request = this.#await(endpointRemoved, VOICE_DEADLINES.joinMs);
    this.#transition({ status: 'recovering', channelId, cause: endpointRemoved.meaning, request });
  }

  /** Waits for what Discord sends by itself. */
  #await(policy: LossPolicy, deadlineMs: number): JoinRequest {
    const onTimeout = () => {
      if (policy.action === 'rejoin') this.#rejoin(policy);
      else this.#giveUp(policy);
    };
    return new JoinRequest({ clock: this.#options.clock, deadlineMs, onTimeout });
  }

  /** The connection, or the way to it, is gone. */
  #lose(policy: LossPolicy, details: ErrorDetails = {}): void {
    const { channelId } = this;
    if (channelId === null) return;
    switch (policy.action) {
      case 'rejoin':
        this.#rejoin(policy, details);
        break;
      case 'await': {
        const request = this.#await(policy, VOICE_DEADLINES.awaitServerMs);
        this.#transition({ status: 'recovering', channelId, cause: policy.meaning, request });
        break;
      }
      case 'stop':
        this.#giveUp(policy, details);
    }
  }

  #rejoin(policy: LossPolicy, details: ErrorDetails = {}): void {
    const { channelId } = this;
    const delayMs = this.#budget.take(policy);
    if (channelId === null || delayMs === undefined) {
      this.#giveUp(policy, details);
      return;
    }
    if (policy === SILENT_LOSSES.joinTimeout) this.#presence.leave(); // Discord believes us in the channel: begin anew
    const request = this.#ask(channelId, delayMs);
    if (this.#state.status === 'joining') this.#transition({ status: 'joining', channelId, request });
    else this.#transition({ status: 'recovering', channelId, cause: policy.meaning, request });
  }

  #giveUp(policy: LossPolicy, details: ErrorDetails = {}): void {
    const said = 'connection' in this.#state ? this.#state.connection?.lastError : undefined;
    const all = { ...details, rejoins: this.#budget.spent, ...(said === undefined ? {} : { said }) };
    this.#fail(new PlayerError(policy.error, `voice: ${policy.meaning}`, { details: all }));
  }

  #failBug(cause: unknown): void {
    this.#sender.stop();
    if (this.channelId === null) return;
    this.#fail(new PlayerError('INTERNAL', 'the source of the frames threw', { cause }));
  }

  #fail(error: PlayerError): void {
    this.#presence.leave();
    this.#adapter.close();
    this.#transition({ status: 'failed', error });
    this.emit('failed', error);
  }

  /** The only place that assigns the state. */
  #transition(next: VoiceSessionState): void {
    const previous = this.#state;
    if (!canMove(previous.status, next.status)) {
      throw new Error(`bug: voice session moved ${previous.status} -> ${next.status}`);
    }
    this.#state = next;
    this.#sender.attach(next.status === 'ready' ? next.connection : undefined);
    const kept = ownedBy(next);
    for (const owned of ownedBy(previous)) if (!kept.includes(owned)) owned.close();
    if (this.channelId === null) this.#audience = 0;
    this.#startTimer(next);
    this.emit('change', previous, next);
  }

  #startTimer({ status }: VoiceSessionState): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
    const { clock } = this.#options;
    if (status === 'securing') {
      this.#cancelTimer = clock.schedule(VOICE_DEADLINES.secureMs, () =>
        this.#lose(SILENT_LOSSES.notSecured),
      );
    } else if (status === 'ready') {
      this.#cancelTimer = clock.schedule(VOICE_DEADLINES.stableMs, () => {
        this.#budget.reset();
        this.#resumes = 0;
      });
    } else if (status === 'recovering' && 'connection' in this.#state && !('request' in this.#state)) {
      this.#cancelTimer = clock.schedule(VOICE_DEADLINES.resumeMs, () =>
        this.#lose(SILENT_LOSSES.resumeTimeout),
      );
    }
  }
}
