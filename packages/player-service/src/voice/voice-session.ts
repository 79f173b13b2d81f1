import { EventEmitter } from 'node:events';
import { type ErrorDetails, PlayerError } from '@bandstand/protocol';
import type { FrameSource } from '../audio/frame.ts';
import { type LossPolicy, policyForClose, SILENT_LOSSES } from './close-codes.ts';
import { CredentialDesk } from './credential-desk.ts';
import { FrameOutput } from './frame-output.ts';
import type { FrameCounts } from './frame-sender.ts';
import { GatewayAbsence } from './gateway-absence.ts';
import type { JoinRequest } from './join-request.ts';
import { LossJudge } from './loss-judge.ts';
import type { VoiceCredentials, VoiceServerUpdate, VoiceStateUpdate } from './remote-adapter.ts';
import { SessionDeadline, VOICE_DEADLINES } from './session-deadline.ts';
import { VoiceConnection } from './voice-connection.ts';
import type { RepairCounts } from './voice-journal.ts';
import type { VoiceSessionEvents, VoiceSessionOptions } from './voice-session-options.ts';
import { canMove, ownedBy, type VoiceSessionState } from './voice-session-state.ts';

/**
 * Our voice session in one guild: gets in, stays in, and lets frames out only while they can be heard.
 *
 * What it does about a loss stands in `close-codes.ts`. Losses are never fatal to the source: it waits, and goes on with
 * the next frame.
 */
export class VoiceSession extends EventEmitter<VoiceSessionEvents> {
  readonly guildId: string;
  readonly #options: VoiceSessionOptions;
  readonly #desk: CredentialDesk;
  readonly #output: FrameOutput;
  readonly #judge: LossJudge;
  readonly #deadline: SessionDeadline;
  readonly #absence: GatewayAbsence;
  #state: VoiceSessionState = { status: 'disconnected' };
  #audience = 0;
  #isMuted = false;

  constructor(options: VoiceSessionOptions) {
    super();
    this.guildId = options.guildId;
    this.#options = options;
    this.#desk = new CredentialDesk({
      ...options,
      onCredentials: (credentials) => this.#open(credentials),
    });
    this.#output = new FrameOutput({
      ...options,
      onSourceFault: (error) => this.#failBug(error),
      onFault: (fault) => this.#lose(SILENT_LOSSES[fault]),
      onRestart: () => this.#judge.journal.restarted(),
    });
    this.#judge = new LossJudge(options, this.#output.sender.counts);
    const { guildId, outbox, clock } = options;
    this.#absence = new GatewayAbsence({ isHeard: () => outbox.isHeard(guildId), clock });
    this.#deadline = new SessionDeadline(options.clock, (loss) => {
      if (loss === undefined) this.#judge.hold();
      else this.#lose(loss);
    });
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

  /** Silenced by a moderator, or in the audience of a stage. The music waits: nobody would hear it. */
  get muted(): boolean {
    return this.#isMuted;
  }

  get frames(): Readonly<FrameCounts> {
    return this.#output.sender.counts;
  }

  get repairs(): Readonly<RepairCounts> {
    return this.#judge.repairs;
  }

  /**
   * Goes to a channel. How it ends is told by `change` and `failed`. Credentials handed over in the same turn of the
   * event loop spare the question (op 4). For where we are on the way to already it ends a back-off, however long.
   *
   * @returns Whether anything changed.
   */
  join(channelId: string): boolean {
    if (this.channelId === channelId) {
      this.#hurry(channelId);
      return false;
    }
    if (this.#state.status === 'destroyed') throw new Error('bug: join on a destroyed voice session');
    this.#judge.reset();
    this.#transition({ status: 'joining', channelId, request: this.#ask(channelId, 0) });
    return true;
  }

  /** @returns Whether anything changed. The source stays, and goes on after the next join. */
  leave(): boolean {
    if (this.#state.status === 'disconnected' || this.#state.status === 'destroyed') return false;
    this.#desk.leave();
    this.#transition({ status: 'disconnected' });
    return true;
  }

  /** The bot user's own voice state in this guild. */
  handleVoiceState(update: VoiceStateUpdate): void {
    if (this.channelId === null) return; // an echo of something that was given up
    this.#desk.observe(update);
    this.#setMuted(update.channel_id !== null && (update.mute === true || update.suppress === true));
    if (update.channel_id === null) this.#onRemoved();
    else if (update.channel_id !== this.channelId) this.#onMoved(update.channel_id);
    this.#desk.handleVoiceState(update);
  }

  /** @throws {@link PlayerError} `BAD_REQUEST` when the endpoint is none. */
  handleVoiceServer(update: VoiceServerUpdate): void {
    if (this.channelId === null) return;
    this.#desk.handleVoiceServer(update);
    if (update.endpoint === null) this.#onEndpointRemoved();
  }

  /** Replaces what is played. A session that is not ready, or paused, takes nothing from the source. */
  play(source: FrameSource): void {
    this.#output.sender.play(source);
  }

  /** Plays nothing. */
  stop(): void {
    this.#output.sender.stop();
  }

  /** @returns Whether anything changed. */
  pause(): boolean {
    return this.#output.sender.pause();
  }

  /** @returns Whether anything changed. */
  unpause(): boolean {
    return this.#output.sender.unpause();
  }

  destroy(): void {
    if (this.#state.status === 'destroyed') return;
    this.#desk.leave();
    this.#output.sender.stop();
    this.#transition({ status: 'destroyed' });
  }

  /** A person asked: whatever was to be waited for before the next question is not. */
  #hurry(channelId: string): void {
    const state = this.#state;
    if ((state.status !== 'joining' && state.status !== 'recovering') || state.request?.isDelayed !== true)
      return;
    this.#judge.reset();
    this.#transition({ ...state, request: this.#ask(channelId, 0) });
  }

  #ask(channelId: string, delayMs: number): JoinRequest {
    return this.#desk.ask(channelId, delayMs, () => this.#unanswered(SILENT_LOSSES.joinTimeout));
  }

  /** Fresh credentials came, asked for or not: whatever connection there is, is not the one any more. */
  #open(credentials: VoiceCredentials): void {
    const state = this.#state;
    const { channelId } = credentials;
    if (this.channelId === null) return;
    const connection = this.#connect(credentials);
    // Looks for a bot that is away stand in the place of a request that these credentials answer.
    const asked = 'request' in state && !this.#absence.isUnderWay ? state.request : undefined;
    this.#absence.end();
    const request = asked ?? this.#await(SILENT_LOSSES.joinTimeout, VOICE_DEADLINES.joinMs);
    request.answer();
    if (state.status === 'joining') {
      this.#transition({ ...state, channelId, request, connection });
      return;
    }
    const cause = state.status === 'recovering' ? state.cause : 'another voice server';
    this.#transition({ status: 'recovering', channelId, cause, request, connection });
  }

  #setMuted(isMuted: boolean): void {
    if (this.#isMuted === isMuted) return;
    this.#isMuted = isMuted;
    this.#output.sender.hold(isMuted);
    this.#judge.journal.muted(isMuted);
    this.emit('change', this.#state, this.#state);
  }

  #connect(credentials: VoiceCredentials): VoiceConnection {
    const { guildId } = this;
    const { clock } = this.#options;
    const probesUdp = this.#judge.minds(SILENT_LOSSES.udpSilent);
    const connection = new VoiceConnection({ guildId, credentials, clock, probesUdp });
    const { channelId } = credentials;
    connection.on('connected', () => this.#transition({ status: 'securing', channelId, connection }));
    connection.on('change', () => this.#onConnectionChange(connection));
    connection.on('resuming', () => this.#onResuming(connection));
    connection.on('closed', (closeCode) => this.#lose(policyForClose(closeCode), { closeCode }));
    connection.on('faulted', () => this.#lose(SILENT_LOSSES.handlerFault));
    connection.on('silent', () => this.#lose(SILENT_LOSSES.udpSilent));
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
    if (!this.#judge.mayResume()) this.#lose(SILENT_LOSSES.resumeStorm);
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
    const inVain: LossPolicy = policy.action === 'await' ? { ...policy, action: 'stop' } : policy;
    return this.#desk.await(deadlineMs, () => this.#unanswered(inVain));
  }

  /** Nothing came from Discord in time. */
  #unanswered(policy: LossPolicy): void {
    const { channelId } = this;
    if (channelId === null) return;
    const isNews = !this.#absence.isUnderWay;
    const meaning = this.#absence.judge();
    if (meaning === 'wait' && isNews) this.#judge.journal.gatewayAway();
    if (meaning === 'lost') this.#lose(policy);
    else if (meaning === 'ask') this.#rejoin(policy, channelId, this.#ask(channelId, 0));
    else {
      const { gatewayLookMs } = VOICE_DEADLINES;
      const lookAgain = this.#desk.await(gatewayLookMs, () => this.#unanswered(policy));
      this.#rejoin({ ...policy, meaning: 'the bot is away' }, channelId, lookAgain);
    }
  }

  /** The connection, or the way to it, is gone. */
  #lose(policy: LossPolicy, details: ErrorDetails = {}): void {
    const { channelId } = this;
    if (channelId === null) return;
    const said = 'connection' in this.#state ? this.#state.connection?.lastError : undefined;
    const verdict = this.#judge.judge(policy, said === undefined ? details : { ...details, said });
    switch (verdict.action) {
      case 'rejoin':
        if (policy === SILENT_LOSSES.joinTimeout) this.#desk.stepOut(); // Discord believes us in the channel: begin anew
        this.#rejoin(policy, channelId, this.#ask(channelId, verdict.delayMs));
        break;
      case 'await': {
        const request = this.#await(policy, VOICE_DEADLINES.awaitServerMs);
        this.#transition({ status: 'recovering', channelId, cause: policy.meaning, request });
        break;
      }
      case 'stop':
        this.#fail(verdict.error);
    }
  }

  #rejoin({ meaning }: LossPolicy, channelId: string, request: JoinRequest): void {
    if (this.#state.status === 'joining') this.#transition({ status: 'joining', channelId, request });
    else this.#transition({ status: 'recovering', channelId, cause: meaning, request });
  }

  #failBug(cause: unknown): void {
    if (this.channelId === null) return;
    this.#fail(new PlayerError('INTERNAL', 'the source of the frames threw', { cause }));
  }

  #fail(error: PlayerError): void {
    this.#desk.leave();
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
    this.#output.attach(next.status === 'ready' ? next.connection : undefined);
    const kept = ownedBy(next);
    for (const owned of ownedBy(previous)) if (!kept.includes(owned)) owned.close();
    if (this.channelId === null) this.#forgetChannel();
    this.#deadline.watch(next);
    this.emit('change', previous, next);
  }

  #forgetChannel(): void {
    this.#absence.end();
    this.#audience = 0;
    this.#isMuted = false;
    this.#output.sender.hold(false);
  }
}
