import type { NetworkingReadyState } from '@discordjs/voice';

/**
 * How long an empty list of clients is doubted after a connection was (re-)established: the list comes in a message of
 * its own shortly behind. Nobody hears the pause, since it ends as soon as a listener is known.
 */
export const ALONE_DOUBT_MS = 500;

/** Other clients in the channel, as far as the voice server told us. */
export function audienceOf({ connectionData, connectionOptions }: NetworkingReadyState): number {
  const { connectedClients } = connectionData;
  return connectedClients.size - (connectedClients.has(connectionOptions.userId) ? 1 : 0);
}

/**
 * Whether a frame may leave now.
 *
 * The library encrypts end to end only once the MLS group exists, and sends plaintext until then (0.19.2,
 * `DAVESession.encrypt`): its `ready` is not ours. In a channel without DAVE (version 0, stage channels) there is no
 * group; alone in a channel there is none either, and nobody who could hear.
 *
 * @param isListCertain - The list of clients was received, or has been given the time to come.
 */
export function mayTransmit(state: NetworkingReadyState, isListCertain: boolean): boolean {
  const { dave } = state;
  if (dave === undefined || dave.protocolVersion === 0) return true;
  if (audienceOf(state) === 0) return isListCertain;
  return dave.session?.ready === true;
}
