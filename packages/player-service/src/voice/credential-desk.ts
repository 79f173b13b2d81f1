import { ChannelPresence } from './channel-presence.ts';
import { JoinRequest } from './join-request.ts';
import {
  RemoteAdapter,
  type VoiceCredentials,
  type VoiceServerUpdate,
  type VoiceStateUpdate,
} from './remote-adapter.ts';
import { VOICE_DEADLINES } from './session-deadline.ts';
import type { VoiceClock } from './voice-clock.ts';
import type { VoiceStateOutbox } from './voice-state-outbox.ts';

export interface CredentialDeskOptions {
  readonly guildId: string;
  readonly outbox: VoiceStateOutbox;
  readonly clock: VoiceClock;
  /** Complete ones came, asked for or not. */
  readonly onCredentials: (credentials: VoiceCredentials) => void;
}

/** Where a session gets what it needs to connect: asks Discord for it, or waits for what Discord sends by itself. */
export class CredentialDesk {
  readonly #clock: VoiceClock;
  readonly #presence: ChannelPresence;
  readonly #adapter: RemoteAdapter;

  constructor({ guildId, outbox, clock, onCredentials }: CredentialDeskOptions) {
    this.#clock = clock;
    this.#presence = new ChannelPresence(guildId, outbox);
    this.#adapter = new RemoteAdapter(clock, onCredentials);
  }

  /** Asks (op 4), after a delay. */
  ask(channelId: string, delayMs: number, onTimeout: () => void): JoinRequest {
    const post = (onSent: () => void) =>
      this.#presence.enter(channelId, () => {
        this.#adapter.expectAnswer();
        onSent();
      });
    const deadlineMs = VOICE_DEADLINES.joinMs;
    return new JoinRequest({ clock: this.#clock, deadlineMs, ask: { delayMs, post }, onTimeout });
  }

  /** Asks nothing. */
  await(deadlineMs: number, onTimeout: () => void): JoinRequest {
    return new JoinRequest({ clock: this.#clock, deadlineMs, onTimeout });
  }

  /** Discord's own word on where we are. */
  observe({ channel_id }: VoiceStateUpdate): void {
    this.#presence.observe(channel_id);
  }

  handleVoiceState(update: VoiceStateUpdate): void {
    this.#adapter.onVoiceStateUpdate(update);
  }

  /** @throws {@link PlayerError} `BAD_REQUEST` when the endpoint is none. */
  handleVoiceServer(update: VoiceServerUpdate): void {
    this.#adapter.onVoiceServerUpdate(update);
  }

  /** Tells Discord that we are gone, so that the next question begins anew. */
  stepOut(): void {
    this.#presence.leave();
  }

  /** Gone for good: what is known of voice state and voice server is forgotten. */
  leave(): void {
    this.#presence.leave();
    this.#adapter.close();
  }
}
