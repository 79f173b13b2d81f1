import type * as zmq from 'zeromq';
import type { ChannelProblem } from '../problem.ts';

/** How the connection of one connecting socket ended, or that it stands. */
export type ConnectionNews =
  | { readonly type: 'established' }
  | { readonly type: 'lost' }
  /** libzmq 4.3.5 does not connect again after these: the socket must be replaced. */
  | { readonly type: 'refused'; readonly problem: ChannelProblem }
  /** libzmq goes on trying by itself. */
  | { readonly type: 'failed'; readonly problem: ChannelProblem };

/** Translates the monitor events of a connecting socket. The watch ends when the socket is closed. */
export function watchHandshake(
  socket: zmq.Socket,
  endpoint: string,
  onNews: (news: ConnectionNews) => void,
): void {
  socket.events.on('handshake', () => onNews({ type: 'established' }));
  socket.events.on('disconnect', () => onNews({ type: 'lost' }));
  socket.events.on('handshake:error:auth', () =>
    onNews({
      type: 'refused',
      problem: {
        kind: 'key-refused',
        message: `the player at ${endpoint} refused this bot's CURVE key: add the bot's public key to the player's CURVE_ALLOWED_CLIENT_KEYS_FILE`,
      },
    }),
  );
  socket.events.on('handshake:error:protocol', ({ error }) =>
    onNews({
      type: 'refused',
      problem: {
        kind: 'mechanism-mismatch',
        message: `no common security with ${endpoint} (${error.code}): one side has CURVE keys and the other has none`,
        cause: error,
      },
    }),
  );
  socket.events.on('handshake:error:other', ({ error }) =>
    onNews({
      type: 'failed',
      problem: {
        kind: 'handshake-failed',
        message: `the handshake with ${endpoint} broke off (${error.code}): if it goes on, the file CURVE_SERVER_PUBLIC_KEY_FILE does not hold that player's public key, or something else than a player listens there`,
        cause: error,
      },
    }),
  );
}
