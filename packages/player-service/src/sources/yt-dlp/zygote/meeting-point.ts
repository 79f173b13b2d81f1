import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type Socket } from 'node:net';
import { join } from 'node:path';
import { PrivateFolder } from '../../../subprocess/private-folder.ts';

/** What a fork connects with: who it is, and which of its streams this is. */
export interface Meeting extends Disposable {
  readonly token: string;
  /** Standard output and standard error, once both have come. Pending for ever when they do not. */
  readonly streams: Promise<readonly [stdout: Socket, stderr: Socket]>;
  /** Closes what has come. */
  abandon(): void;
}

const TOKEN_BYTES = 16;
const HEADER_BYTES = 2 * TOKEN_BYTES + 1;
const INTRODUCTION_MS = 5_000;
/** `sockaddr_un`, without the zero at its end. */
const LONGEST_PATH_BYTES = 107;

/** A Unix socket in a folder that only we may enter, where forks bring their output: it need not go through their parent. */
export class MeetingPoint implements AsyncDisposable {
  readonly path: string;
  readonly #folder: PrivateFolder;
  readonly #server: Server;
  readonly #strangers = new Set<Socket>();
  readonly #expected = new Map<string, (socket: Socket) => void>();

  /** @throws when the system's folder for temporary files has too long a name for a socket. */
  static async open(): Promise<MeetingPoint> {
    const folder = await PrivateFolder.make('bandstand-yt-dlp-');
    const path = join(folder.path, 'forks');
    const server = createServer();
    try {
      if (Buffer.byteLength(path) > LONGEST_PATH_BYTES)
        throw new Error(`too long a name for a socket: ${path}`);
      server.listen(path);
      await once(server, 'listening');
    } catch (error) {
      await folder[Symbol.asyncDispose]();
      throw error;
    }
    return new MeetingPoint(folder, path, server);
  }

  private constructor(folder: PrivateFolder, path: string, server: Server) {
    this.#folder = folder;
    this.path = path;
    this.#server = server;
    server.on('connection', (socket) => this.#greet(socket));
    server.on('error', () => {}); // no descriptor left to accept with: whoever waits tells it by the time it takes
  }

  /** Dispose of it to stop expecting; streams that have come are the caller's. */
  expect(): Meeting {
    const token = randomBytes(TOKEN_BYTES).toString('hex');
    const headers = [`${token}1`, `${token}2`] as const;
    const come: Socket[] = [];
    const stream = (header: string) =>
      new Promise<Socket>((resolve) => {
        this.#expected.set(header, (socket) => {
          come.push(socket);
          resolve(socket);
        });
      });
    return {
      token,
      streams: Promise.all([stream(headers[0]), stream(headers[1])]),
      abandon: () => {
        for (const socket of come) socket.destroy();
      },
      [Symbol.dispose]: () => {
        for (const header of headers) this.#expected.delete(header);
      },
    };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#expected.clear();
    for (const socket of this.#strangers) socket.destroy();
    const closed = this.#server.listening ? once(this.#server, 'close') : undefined;
    this.#server.close();
    await closed;
    await this.#folder[Symbol.asyncDispose]();
  }

  /** Reads exactly the header, so that the rest is left for who expects the stream. */
  #greet(socket: Socket): void {
    const leave = () => socket.destroy();
    const timer = setTimeout(leave, INTRODUCTION_MS);
    const settle = () => {
      clearTimeout(timer);
      this.#strangers.delete(socket);
    };
    const listen = () => {
      const header = socket.read(HEADER_BYTES) as Buffer | null;
      if (header === null) return;
      socket.off('readable', listen);
      settle();
      const name = header.toString('latin1');
      const take = this.#expected.get(name);
      this.#expected.delete(name);
      if (take === undefined) leave();
      else take(socket);
    };
    this.#strangers.add(socket);
    socket.on('error', () => {}); // told by its end
    socket.once('close', settle);
    socket.on('readable', listen);
  }
}
