import { readFile } from 'node:fs/promises';
import type { Socket } from 'node:net';
import { MEDIA_FORMATS, type MediaFormat, synthesize } from './synthesize.ts';

/** `ogg` is Opus. */
export type StationFormat = Extract<MediaFormat, 'mp3' | 'aac' | 'ogg' | 'vorbis'>;

export interface StationOptions {
  /** The last part of its address. */
  readonly id: string;
  readonly name: string;
  readonly genre?: string;
  readonly hz?: number;
  readonly format?: StationFormat;
  /** How it answers: HTTP/1.0, or with the word of SHOUTcast 1, which also shows browsers a web page. */
  readonly dialect?: 'icecast' | 'shoutcast';
  /** Bytes between two titles, said and done; 4,096 when absent. */
  readonly interval?: number;
  /** What it says the interval is, when it lies. */
  readonly claimedInterval?: number;
  readonly title?: string;
  /** Sound that whoever comes gets at once, as a server's buffer allows. */
  readonly burstMs?: number;
}

const INTERVAL_BYTES = 4_096;
const TICK_MS = 100;
const LOOP_MS = 12_000;
const OGG_PAGE_HEADER_BYTES = 27;

interface Programme {
  /** What is sent in one piece: a page of Ogg, any number of bytes of the rest. */
  readonly pieces: readonly Buffer[];
  readonly bytesPerMs: number;
}

interface Listener {
  readonly socket: Socket;
  readonly hasTitles: boolean;
  readonly timer: NodeJS.Timeout;
  programme: Programme;
  piece: number;
  sentBytes: number;
  readonly sinceMs: number;
  untilTitle: number;
  toldTitle: string | undefined;
}

/** A station that is on the air: everybody hears it from now on, at the speed of sound, until it drops them. */
export class RadioStation {
  readonly #options: StationOptions;
  readonly #listeners = new Set<Listener>();
  #programme: Programme | undefined;
  #title: string;
  #isOn = true;
  /** Connections it answered with sound, so far. */
  served = 0;
  /** All that came, those it refused too. */
  asked = 0;

  constructor(options: StationOptions) {
    this.#options = options;
    this.#title = options.title ?? '';
  }

  get listeners(): number {
    return this.#listeners.size;
  }

  /** Announces another title; in Ogg, that is another logical stream, chained to the one before. */
  async announce(title: string): Promise<void> {
    this.#title = title;
    if (!this.#isOgg) return;
    this.#programme = await this.#compose();
    for (const listener of this.#listeners) {
      listener.programme = this.#programme;
      listener.piece = 0;
    }
  }

  /** Everybody is disconnected; whoever comes again is served. */
  drop(): void {
    for (const { socket } of this.#listeners) socket.destroy();
  }

  /** Off the air: everybody is disconnected, and whoever comes again is refused. */
  goOff(): void {
    this.#isOn = false;
    this.drop();
  }

  goOn(): void {
    this.#isOn = true;
  }

  /** Answers one request. */
  async serve(socket: Socket, headers: ReadonlyMap<string, string>): Promise<void> {
    this.asked++;
    const { dialect = 'icecast', name } = this.#options;
    if (!this.#isOn) {
      socket.end(
        dialect === 'shoutcast' ? 'ICY 401 Service Unavailable\r\n\r\n' : 'HTTP/1.0 404 Not Found\r\n\r\n',
      );
      return;
    }
    if (dialect === 'shoutcast' && headers.get('user-agent')?.includes('Mozilla') === true) {
      socket.end(
        `HTTP/1.0 200 OK\r\ncontent-type: text/html\r\n\r\n<html><title>SHOUTcast Status</title>${name}</html>`,
      );
      return;
    }
    this.#programme ??= await this.#compose();
    const hasTitles = headers.get('icy-metadata') === '1' && !this.#isOgg;
    socket.write(Buffer.from(this.#answer(hasTitles), 'latin1'));
    this.served++;
    this.#add(socket, this.#programme, hasTitles);
  }

  get #format(): StationFormat {
    return this.#options.format ?? 'mp3';
  }

  get #isOgg(): boolean {
    return this.#format === 'ogg' || this.#format === 'vorbis';
  }

  get #interval(): number {
    return this.#options.interval ?? INTERVAL_BYTES;
  }

  #answer(hasTitles: boolean): string {
    const { dialect, name, genre = 'Tones', claimedInterval } = this.#options;
    const metaint = hasTitles ? [`icy-metaint:${claimedInterval ?? this.#interval}`] : [];
    return [
      dialect === 'shoutcast' ? 'ICY 200 OK' : 'HTTP/1.0 200 OK',
      ...(dialect === 'shoutcast'
        ? ['icy-notice1:<BR>This stream requires <a href="http://www.winamp.com">Winamp</a><BR>']
        : ['Server: Icecast 2.4.4']),
      `content-type:${MEDIA_FORMATS[this.#format].contentType}`,
      `icy-name:${Buffer.from(name, 'utf8').toString('latin1')}`,
      `icy-genre:${genre}`,
      'icy-br:128',
      ...metaint,
      '\r\n',
    ].join('\r\n');
  }

  #add(socket: Socket, programme: Programme, hasTitles: boolean): void {
    const burstMs = this.#options.burstMs ?? 1_000;
    const listener: Listener = {
      socket,
      hasTitles,
      programme,
      // The middle of somewhere, and of a frame: nobody is waited for.
      piece: this.#isOgg ? 0 : this.served % programme.pieces.length,
      sentBytes: 0,
      sinceMs: performance.now() - burstMs,
      untilTitle: this.#interval,
      toldTitle: undefined,
      timer: setInterval(() => this.#send(listener), TICK_MS),
    };
    this.#listeners.add(listener);
    socket.once('close', () => {
      clearInterval(listener.timer);
      this.#listeners.delete(listener);
    });
    this.#send(listener);
  }

  #send(listener: Listener): void {
    if (listener.socket.writableLength > 1_000_000) return; // as servers do with those who do not listen
    const dueBytes = (performance.now() - listener.sinceMs) * listener.programme.bytesPerMs;
    while (listener.sentBytes < dueBytes) {
      const { pieces } = listener.programme;
      const piece = pieces[listener.piece % pieces.length] ?? Buffer.alloc(0);
      listener.piece++;
      listener.sentBytes += piece.length;
      if (listener.hasTitles) this.#interleave(piece, listener);
      else listener.socket.write(piece);
    }
  }

  #interleave(piece: Buffer, listener: Listener): void {
    for (let rest = piece; rest.length > 0; ) {
      const part = rest.subarray(0, listener.untilTitle);
      listener.socket.write(part);
      rest = rest.subarray(part.length);
      listener.untilTitle -= part.length;
      if (listener.untilTitle > 0) continue;
      listener.untilTitle = this.#interval;
      const isNews = listener.toldTitle !== this.#title;
      listener.toldTitle = this.#title;
      listener.socket.write(isNews ? titleBlock(this.#title) : Buffer.of(0));
    }
  }

  async #compose(): Promise<Programme> {
    const sound = { type: 'tone', hz: this.#options.hz ?? 440 } as const;
    const format = this.#format;
    const file = await readFile(
      await synthesize({ sound, durationMs: LOOP_MS, format, title: this.#title || this.#options.name }),
    );
    const bytes = withoutTag(file);
    return {
      pieces: this.#isOgg ? oggPages(bytes) : split(bytes, 1_000),
      bytesPerMs: bytes.length / LOOP_MS,
    };
  }
}

function titleBlock(title: string): Buffer {
  const text = Buffer.from(`StreamTitle='${title}';StreamUrl='';`);
  const units = Math.ceil(text.length / 16);
  return Buffer.concat([Buffer.of(units), text, Buffer.alloc(units * 16 - text.length)]);
}

/** ID3v2 stands once at the beginning of a file, and is no sound. */
function withoutTag(file: Buffer): Buffer {
  if (file.toString('latin1', 0, 3) !== 'ID3') return file;
  const [a = 0, b = 0, c = 0, d = 0] = file.subarray(6, 10);
  return file.subarray(10 + ((a << 21) | (b << 14) | (c << 7) | d));
}

function split(bytes: Buffer, size: number): Buffer[] {
  return Array.from({ length: Math.ceil(bytes.length / size) }, (_, index) =>
    bytes.subarray(index * size, (index + 1) * size),
  );
}

/** RFC 3533 §6. */
function oggPages(file: Buffer): Buffer[] {
  const pages: Buffer[] = [];
  for (let at = 0; at < file.length; ) {
    const table = file.subarray(
      at + OGG_PAGE_HEADER_BYTES,
      at + OGG_PAGE_HEADER_BYTES + (file[at + 26] ?? 0),
    );
    const end = at + OGG_PAGE_HEADER_BYTES + table.length + table.reduce((sum, size) => sum + size, 0);
    pages.push(file.subarray(at, end));
    at = end;
  }
  return pages;
}
