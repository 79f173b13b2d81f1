import { PlayerError } from '@bandstand/protocol';
import { type Dispatcher, request } from 'undici';
import { IcyMetadata, icyInterval } from '../../icy/icy-metadata.ts';
import { OggTitles } from '../../icy/ogg-titles.ts';
import { streamTitle } from '../../icy/stream-title.ts';
import type { ByteSource, ByteStream } from './byte-source.ts';
import { connectFailure, statusFailure } from './http-failure.ts';

export interface RadioBytesOptions {
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly client: Dispatcher;
  /** Each title that differs from the one before; `''` = none any more. As the server sent it, not cleaned. */
  readonly onTitle: (title: string) => void;
}

/** SHOUTcast shows its web page to whatever calls itself a browser. */
const HEADERS = { 'accept-encoding': 'identity', 'icy-metadata': '1', 'user-agent': 'Bandstand' };
/** Titles change with songs. What changes faster is told so often, and the last of it. */
const MIN_TITLE_MS = 1_000;
const OGG = Buffer.from('OggS', 'latin1');

/**
 * The sound of a station, without the titles between its bytes. It is there from now on, in one piece, and has no end:
 * when the bytes end, the connection was lost, which is `MEDIA_CUT`.
 */
export class RadioBytes implements ByteSource {
  readonly #options: RadioBytesOptions;
  #told: string | undefined;
  #toldAtMs = Number.NEGATIVE_INFINITY;

  constructor(options: RadioBytesOptions) {
    this.#options = options;
  }

  async open(offset: number, signal: AbortSignal): Promise<ByteStream> {
    if (offset !== 0) throw new PlayerError('NOT_SEEKABLE', 'a station has no past');
    const { url, headers, client } = this.#options;
    let response: Dispatcher.ResponseData;
    try {
      response = await request(url, { dispatcher: client, headers: { ...headers, ...HEADERS }, signal });
    } catch (cause) {
      signal.throwIfAborted();
      throw connectFailure(cause);
    }
    response.body.on('error', () => {}); // the iteration reports it, or it is destroyed unread
    const failure = statusFailure(response.statusCode);
    if (failure !== undefined) {
      response.body.destroy();
      throw failure;
    }
    return {
      offset: 0,
      totalBytes: undefined,
      isSeekable: false,
      chunks: this.#read(response, signal),
    };
  }

  async *#read({ body, headers }: Dispatcher.ResponseData, signal: AbortSignal): AsyncGenerator<Buffer> {
    let newest: string | undefined;
    const note = (title: string | undefined) => {
      newest = title ?? newest;
    };
    const interval = icyInterval(headerText(headers['icy-metaint']));
    const metadata =
      interval === undefined ? undefined : new IcyMetadata(interval, (block) => note(streamTitle(block)));
    let oggTitles: OggTitles | undefined;
    let isBegun = false;
    let cause: unknown;
    try {
      for await (const chunk of body as AsyncIterable<Buffer>) {
        for (const sound of metadata?.push(chunk) ?? [chunk]) {
          if (!isBegun && sound.subarray(0, OGG.length).equals(OGG)) oggTitles = new OggTitles(note);
          isBegun = true;
          oggTitles?.push(sound);
          yield sound;
        }
        this.#tell(newest);
      }
    } catch (error) {
      signal.throwIfAborted();
      cause = error;
    }
    const details = { reason: (cause as { readonly code?: string } | undefined)?.code ?? 'ended' };
    throw new PlayerError('MEDIA_CUT', 'the station closed the connection', { details });
  }

  #tell(title: string | undefined): void {
    const nowMs = performance.now();
    if (title === undefined || title === this.#told || nowMs - this.#toldAtMs < MIN_TITLE_MS) return;
    this.#told = title;
    this.#toldAtMs = nowMs;
    this.#options.onTitle(title);
  }
}

function headerText(header: string | string[] | undefined): string | undefined {
  return Array.isArray(header) ? header[0] : header;
}
