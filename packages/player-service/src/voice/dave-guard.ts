import type { VoiceWebSocket } from '@discordjs/voice';

export interface GuardObserver {
  /** The message was handled: whatever it changed has changed. */
  onHandled(): void;
  /** Handling threw; the connection is in an unknown state and must go. */
  onFault(error: unknown): void;
}

/**
 * Keeps what the voice server says from ending the process.
 *
 * @discordjs/voice 0.19.2 lets exceptions escape from its message handlers: an MLS proposal for a user who was not
 * announced, an external sender while a group is active, a garbled or truncated binary message. They would surface as
 * `uncaughtException`, and all guilds would fall silent for one. Wraps this instance only.
 */
export function guardMessages(socket: VoiceWebSocket, observer: GuardObserver): void {
  const handle = socket.onMessage.bind(socket);
  socket.onMessage = (event) => {
    try {
      handle(event);
    } catch (error) {
      observer.onFault(error);
      return;
    }
    observer.onHandled();
  };
}
