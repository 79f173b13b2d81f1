import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { RadioStation, type StationOptions } from './radio-station.ts';

const MAX_REQUEST_BYTES = 16 * 1024;

interface StationList {
  readonly contentType: string;
  readonly text: string;
}

/**
 * Stations and the lists that name them, on one port. It speaks to sockets itself: half of what stations answer is no
 * HTTP that a library would send.
 */
export class RadioTower implements AsyncDisposable {
  readonly #server = createServer((socket) => this.#accept(socket));
  readonly #sockets = new Set<Socket>();
  readonly #stations = new Map<string, RadioStation>();
  readonly #lists = new Map<string, StationList>();

  async listen(): Promise<void> {
    this.#server.listen(0, '127.0.0.1');
    await once(this.#server, 'listening');
  }

  get host(): string {
    return `127.0.0.1:${(this.#server.address() as AddressInfo).port}`;
  }

  /** Puts a station on the air, under {@link url} of its id. */
  add(options: StationOptions): RadioStation {
    const station = new RadioStation(options);
    this.#stations.set(`/${options.id}`, station);
    return station;
  }

  /** @returns The address of the list. */
  addList(name: string, contentType: string, text: string): string {
    this.#lists.set(`/${name}`, { contentType, text });
    return this.url(name);
  }

  url(id: string): string {
    return `http://${this.host}/${id}`;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    const closed = once(this.#server, 'close');
    this.#server.close();
    await closed;
  }

  #accept(socket: Socket): void {
    this.#sockets.add(socket);
    socket.on('error', () => {}); // whoever listened went away
    socket.once('close', () => this.#sockets.delete(socket));
    let request = '';
    const onData = (chunk: Buffer) => {
      request += chunk.toString('latin1');
      if (request.length > MAX_REQUEST_BYTES) socket.destroy();
      if (!request.includes('\r\n\r\n')) return;
      socket.off('data', onData);
      socket.resume();
      void this.#answer(request, socket).catch(() => socket.destroy());
    };
    socket.on('data', onData);
  }

  async #answer(request: string, socket: Socket): Promise<void> {
    const [line = '', ...fields] = request.split('\r\n');
    const path = line.split(' ')[1] ?? '';
    const headers = new Map(
      fields.map((field) => {
        const [name = '', value = ''] = field.split(/:\s*/, 2);
        return [name.toLowerCase(), value];
      }),
    );
    const list = this.#lists.get(path);
    const station = this.#stations.get(path);
    if (list !== undefined) {
      const head = `HTTP/1.0 200 OK\r\ncontent-type: ${list.contentType}\r\ncontent-length: ${Buffer.byteLength(list.text)}`;
      socket.end(`${head}\r\n\r\n${list.text}`);
    } else if (station !== undefined) {
      await station.serve(socket, headers);
    } else {
      socket.end('HTTP/1.0 404 Not Found\r\n\r\n');
    }
  }
}
