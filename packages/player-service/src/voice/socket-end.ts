import type { VoiceWebSocket } from '@discordjs/voice';
import type { VoiceClock } from './voice-clock.ts';

/** The part of a `ws` WebSocket this needs. */
interface Terminable {
  readonly readyState: number;
  terminate(): void;
  once(event: 'close', listener: () => void): unknown;
}

const CLOSED = 3;
const GOODBYE_MS = 1_000;

/**
 * Sees to it that a voice gateway socket the library closed really ends: `ws` waits 30 s for a server that never
 * answers the close frame, and keeps the process alive meanwhile.
 */
export function endSocket(socket: VoiceWebSocket, clock: VoiceClock): void {
  const inner: unknown = Reflect.get(socket, 'ws'); // private in @discordjs/voice 0.19.2
  if (!isTerminable(inner) || inner.readyState === CLOSED) return;
  const cancel = clock.schedule(GOODBYE_MS, () => inner.terminate());
  inner.once('close', cancel);
}

function isTerminable(value: unknown): value is Terminable {
  return typeof value === 'object' && value !== null && 'terminate' in value && 'readyState' in value;
}
