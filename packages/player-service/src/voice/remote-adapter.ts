import { PlayerError } from '@bandstand/protocol';
import type { VoiceClock } from './voice-clock.ts';

/** The bot user's own voice state, as forwarded. @see https://discord.com/developers/docs/resources/voice#voice-state-object */
export interface VoiceStateUpdate {
  readonly user_id: string;
  readonly channel_id: string | null;
  readonly session_id: string;
  /** Silenced by a moderator. */
  readonly mute?: boolean;
  /** In the audience of a stage. */
  readonly suppress?: boolean;
}

/** @see https://discord.com/developers/docs/events/gateway-events#voice-server-update */
export interface VoiceServerUpdate {
  readonly token: string;
  /** `host:port`; `null` while Discord looks for another voice server. */
  readonly endpoint: string | null;
}

/** Everything a voice connection is opened with. `token` is a secret. */
export interface VoiceCredentials {
  readonly channelId: string;
  readonly userId: string;
  readonly sessionId: string;
  readonly token: string;
  readonly endpoint: string;
}

/** A voice state from before op 4 counts as the answer to it only when no newer one came within this time. */
const STALE_STATE_GRACE_MS = 1_000;
/** A voice state that comes so shortly behind a server update may be the one that belongs to it. */
const SAME_ANSWER_MS = 2_000;
/** A state of another channel has so long for a server update of its own, before the one that was used already is tried with it. */
const OWN_SERVER_GRACE_MS = 500;

const ENDPOINT = /^[a-z0-9]([a-z0-9.-]{0,253}[a-z0-9])?(:\d{1,5})?$/i;

interface KnownState {
  readonly channelId: string;
  readonly userId: string;
  readonly sessionId: string;
  /** Came before the last op 4, and may therefore be outdated by its answer. */
  stale: boolean;
}

interface KnownServer {
  readonly token: string;
  readonly endpoint: string;
  readonly atMs: number;
  /** The state it was last used with. */
  usedWith: KnownState | undefined;
}

/**
 * Stands in for the gateway connection that this process does not have: makes credentials of the two forwarded
 * dispatches, in whichever order they come.
 *
 * Discord sends the voice state first. When the order is turned round, a server update waits for its state; one that was
 * already used with the state of another channel is used again with the right one, unless that one's own comes.
 */
export class RemoteAdapter {
  readonly #clock: VoiceClock;
  readonly #onCredentials: (credentials: VoiceCredentials) => void;
  #state: KnownState | undefined;
  #server: KnownServer | undefined;
  #cancelGrace: (() => void) | undefined;

  constructor(clock: VoiceClock, onCredentials: (credentials: VoiceCredentials) => void) {
    this.#clock = clock;
    this.#onCredentials = onCredentials;
  }

  /** Op 4 is about to be sent: what is known now is not its answer. */
  expectAnswer(): void {
    this.#forgetServer();
    if (this.#state !== undefined) this.#state.stale = true;
  }

  onVoiceStateUpdate({ channel_id, user_id, session_id }: VoiceStateUpdate): void {
    if (channel_id === null) {
      this.#state = undefined;
      this.#forgetServer();
      return;
    }
    this.#state = { channelId: channel_id, userId: user_id, sessionId: session_id, stale: false };
    if (this.#server === undefined) return;
    if (this.#server.usedWith === undefined) this.#complete();
    else if (this.#mayBelongTo(this.#server, this.#state)) this.#completeAfter(OWN_SERVER_GRACE_MS);
  }

  /** @throws {@link PlayerError} `BAD_REQUEST` when the endpoint is none. */
  onVoiceServerUpdate({ token, endpoint }: VoiceServerUpdate): void {
    this.#forgetServer();
    if (endpoint === null) return;
    if (!ENDPOINT.test(endpoint) || !URL.canParse(`wss://${endpoint}`))
      throw new PlayerError('BAD_REQUEST', 'the voice endpoint is not host:port');
    this.#server = { token, endpoint, atMs: this.#clock.monotonicMs(), usedWith: undefined };
    if (this.#state?.stale === false) this.#complete();
    else this.#completeAfter(STALE_STATE_GRACE_MS);
  }

  close(): void {
    this.#state = undefined;
    this.#forgetServer();
  }

  #mayBelongTo({ usedWith, atMs }: KnownServer, { channelId, sessionId }: KnownState): boolean {
    if (usedWith?.channelId === channelId && usedWith.sessionId === sessionId) return false;
    return this.#clock.monotonicMs() - atMs <= SAME_ANSWER_MS;
  }

  #completeAfter(graceMs: number): void {
    this.#cancelGrace?.();
    this.#cancelGrace = this.#clock.schedule(graceMs, () => this.#complete());
  }

  #complete(): void {
    this.#cancelGrace?.();
    this.#cancelGrace = undefined;
    if (this.#state === undefined || this.#server === undefined) return;
    this.#server.usedWith = this.#state;
    const { channelId, userId, sessionId } = this.#state;
    const { token, endpoint } = this.#server;
    this.#onCredentials({ channelId, userId, sessionId, token, endpoint });
  }

  #forgetServer(): void {
    this.#cancelGrace?.();
    this.#cancelGrace = undefined;
    this.#server = undefined;
  }
}
