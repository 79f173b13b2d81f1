import * as zmq from 'zeromq';
import type { OnProblem } from '../problem.ts';
import { encodeKey } from './z85.ts';

/** The only address libzmq asks; there is one per context. */
const ZAP_ADDRESS = 'inproc://zeromq.zap.01';

/**
 * Answers libzmq's question whether a key may connect. Without it CURVE encrypts but lets everybody in.
 * When it is gone, sockets with `zapEnforceDomain` refuse everybody.
 *
 * @see https://rfc.zeromq.org/spec/27/
 */
export class ZapHandler {
  readonly #socket: zmq.Router;

  private constructor(socket: zmq.Router) {
    this.#socket = socket;
  }

  /** Must be open before the first bind in the context. */
  static async open(
    context: zmq.Context,
    isAllowed: (publicKey: string) => boolean,
    onProblem: OnProblem,
  ): Promise<ZapHandler> {
    const socket = new zmq.Router({ context, linger: 0 });
    await socket.bind(ZAP_ADDRESS);
    const handler = new ZapHandler(socket);
    handler.#answer(isAllowed, onProblem).catch((cause: unknown) => {
      if (socket.closed) return;
      socket.close(); // with it gone every new connection is refused
      onProblem({ kind: 'key-refused', message: 'the key check failed: nobody new is let in', cause });
    });
    return handler;
  }

  close(): void {
    this.#socket.close();
  }

  async #answer(isAllowed: (publicKey: string) => boolean, onProblem: OnProblem): Promise<void> {
    for await (const frames of this.#socket) {
      const end = frames.findIndex((frame) => frame.length === 0) + 1;
      const [, requestId = '', , address, , mechanism, key] = frames.slice(end);
      const text = String(mechanism) === 'CURVE' && key?.length === 32 ? encodeKey(key) : undefined;
      const allowed = text !== undefined && isAllowed(text);
      if (!allowed) {
        const who = text === undefined ? `mechanism ${String(mechanism)}` : `public key ${text}`;
        onProblem({ kind: 'key-refused', message: `refused a client at ${String(address)} with ${who}` });
      }
      const verdict = allowed ? ['200', 'OK', text, ''] : ['400', 'not allowed', '', ''];
      await this.#socket.send([...frames.slice(0, end), '1.0', requestId, ...verdict]);
    }
  }
}
