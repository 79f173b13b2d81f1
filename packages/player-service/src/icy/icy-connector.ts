import type { Socket } from 'node:net';
import type { buildConnector } from 'undici';

const ICY = Buffer.from('ICY ', 'latin1');
const HTTP = Buffer.from('HTTP/1.0 ', 'latin1');

/**
 * A connector whose sockets also take the answers of SHOUTcast 1: HTTP/1.0 in everything but the first word, which is
 * `ICY` and which no HTTP parser knows. The word is replaced before the parser sees it.
 */
export function icyConnector(connector: buildConnector.connector): buildConnector.connector {
  return (options, callback) => {
    connector(options, (...result) => {
      const [error, socket] = result;
      if (error === null) {
        takeIcyForHttp(socket);
        callback(null, socket);
      } else {
        callback(error, null);
      }
    });
  };
}

/**
 * `push` is where a socket puts what it received. It stands in for the socket's own until the first four bytes are
 * known, and is then gone: a connection costs nothing more than without it.
 */
function takeIcyForHttp(socket: Pick<Socket, 'push'>): void {
  const push = socket.push.bind(socket);
  let held: Buffer = Buffer.alloc(0);
  const letGo = () => {
    socket.push = push;
  };
  socket.push = (chunk: Buffer | null) => {
    if (chunk === null) {
      letGo();
      if (held.length > 0) push(held);
      return push(null);
    }
    held = held.length === 0 ? chunk : Buffer.concat([held, chunk]);
    const isIcy = held.subarray(0, ICY.length).equals(ICY.subarray(0, held.length));
    if (isIcy && held.length < ICY.length) return true;
    letGo();
    return push(isIcy ? Buffer.concat([HTTP, held.subarray(ICY.length)]) : held);
  };
}
