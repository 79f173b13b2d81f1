import { PlayerError } from '@bandstand/protocol';
import { type Dispatcher, errors, request } from 'undici';
import { IcyMetadata, icyInterval } from '../../icy/icy-metadata.ts';
import { SIGNATURE_BYTES } from '../inspect/media-signature.ts';
import { signatureInStream } from '../inspect/mpeg-frames.ts';
import { isStationAnswer } from './station-headers.ts';

/** The start of what a URL gives, and what its server says about it. */
export interface MediaHead {
  /** After redirects. */
  readonly url: URL;
  readonly headers: Readonly<Record<string, string>>;
  readonly bytes: Buffer;
  /** Of the whole resource, where the server tells. */
  readonly totalBytes: number | undefined;
  readonly seekable: boolean;
}

export interface MediaHeadOptions {
  /** A guarded agent: each redirect is a new request that it judges anew. */
  readonly dispatcher: Dispatcher;
  /** For all of it, redirects included. */
  readonly deadlineMs: number;
  readonly signal: AbortSignal;
  /** How much of it is read; enough to tell what it is when absent. */
  readonly maxBytes?: number;
  /** A browser's when absent, which most servers treat best. */
  readonly userAgent?: string;
}

const MAX_REDIRECTS = 5;
/** A station sends no faster than it is heard: nobody waits for more of it than it takes to know what it is. */
const STATION_BYTES = 16 * 1024;
const REQUEST_HEADERS = {
  accept: 'audio/*, video/*;q=0.8, application/octet-stream;q=0.5, */*;q=0.1',
  'accept-encoding': 'identity', // offsets count bytes of the file, not of a compressed form
  'user-agent': 'Mozilla/5.0 (compatible; Bandstand)',
};

/**
 * Fetches the first bytes of a URL.
 *
 * @throws {@link PlayerError} `ADDRESS_NOT_ALLOWED`, `MEDIA_REFUSED`, `TRACK_REMOVED`, `RATE_LIMITED`, `UNSUPPORTED_URL`,
 * `SOURCE_NETWORK`, `SOURCE_TIMEOUT`, or `MEDIA_STALLED` when the bytes do not come; `signal.reason` once aborted.
 */
export async function fetchMediaHead(
  start: URL,
  { dispatcher, deadlineMs, signal, maxBytes = SIGNATURE_BYTES, userAgent }: MediaHeadOptions,
): Promise<MediaHead> {
  const deadline = AbortSignal.timeout(deadlineMs);
  const both = AbortSignal.any([signal, deadline]);
  const headers: Record<string, string> = { ...REQUEST_HEADERS, range: `bytes=0-${maxBytes - 1}` };
  if (userAgent !== undefined) headers['user-agent'] = userAgent;
  let url = start;
  let answered = false;
  try {
    for (let redirects = 0; redirects <= MAX_REDIRECTS; redirects++) {
      const response = await request(url, { dispatcher, headers, signal: both });
      response.body.on('error', () => {}); // destroyed below, or told by the loop that reads it
      const location =
        response.statusCode >= 300 && response.statusCode < 400 && response.headers['location'];
      if (!location) {
        assertServed(response.statusCode);
        answered = true;
        return await readHead(url, response, maxBytes);
      }
      response.body.destroy();
      url = redirectTarget(url, String(location));
    }
  } catch (error) {
    signal.throwIfAborted();
    if (error instanceof PlayerError) throw error;
    if (deadline.aborted)
      throw new PlayerError(answered ? 'MEDIA_STALLED' : 'SOURCE_TIMEOUT', 'the media server is too slow', {
        cause: error,
      });
    throw networkFailure(error);
  }
  throw new PlayerError('SOURCE_NETWORK', `more than ${MAX_REDIRECTS} redirects`);
}

async function readHead(url: URL, response: Dispatcher.ResponseData, maxBytes: number): Promise<MediaHead> {
  const headers = Object.fromEntries(
    Object.entries(response.headers).map(([name, value]) => [name, String(value)]),
  );
  const body = response.body as AsyncIterable<Buffer>;
  const bytes = isStationAnswer(headers) ? await stationStart(body, headers) : await start(body, maxBytes);
  const partial = response.statusCode === 206;
  const total = partial ? /\/(\d+)$/.exec(headers['content-range'] ?? '')?.[1] : headers['content-length'];
  return {
    url,
    headers,
    bytes,
    totalBytes: total === undefined ? undefined : Number(total),
    seekable: partial || headers['accept-ranges'] === 'bytes',
  };
}

/** Leaving the loop ends the transfer. */
async function start(body: AsyncIterable<Buffer>, maxBytes: number): Promise<Buffer> {
  const chunks: Buffer[] = [];
  let heldBytes = 0;
  for await (const chunk of body) {
    chunks.push(chunk);
    heldBytes += chunk.length;
    if (heldBytes >= maxBytes) break;
  }
  return Buffer.concat(chunks).subarray(0, maxBytes);
}

/** Titles between the bytes were not asked for; some send them all the same. */
async function stationStart(
  body: AsyncIterable<Buffer>,
  headers: Readonly<Record<string, string>>,
): Promise<Buffer> {
  const interval = icyInterval(headers['icy-metaint']);
  const metadata = interval === undefined ? undefined : new IcyMetadata(interval, () => {});
  let bytes: Buffer = Buffer.alloc(0);
  for await (const chunk of body) {
    bytes = Buffer.concat([bytes, ...(metadata?.push(chunk) ?? [chunk])]);
    if (bytes.length >= STATION_BYTES || signatureInStream(bytes) !== undefined) break;
  }
  return bytes;
}

function redirectTarget(from: URL, location: string): URL {
  const target = URL.parse(location, from.href);
  if (
    target === null ||
    !/^https?:$/.test(target.protocol) ||
    target.username !== '' ||
    target.password !== ''
  ) {
    throw new PlayerError('UNSUPPORTED_URL', 'the server redirects to something other than http or https');
  }
  return target;
}

function assertServed(status: number): void {
  if (status === 200 || status === 206) return;
  const details = { status };
  if (status === 404 || status === 410)
    throw new PlayerError('TRACK_REMOVED', 'the media is not there', { details });
  if (status === 429)
    throw new PlayerError('RATE_LIMITED', 'the media server limits the player', { details });
  if (status >= 500) throw new PlayerError('SOURCE_NETWORK', 'the media server failed', { details });
  throw new PlayerError('MEDIA_REFUSED', 'the media server refused the request', { details });
}

function networkFailure(cause: unknown): PlayerError {
  const timedOut = cause instanceof errors.HeadersTimeoutError || cause instanceof errors.ConnectTimeoutError;
  if (timedOut) return new PlayerError('SOURCE_TIMEOUT', 'the media server does not answer', { cause });
  if (cause instanceof errors.BodyTimeoutError)
    return new PlayerError('MEDIA_STALLED', 'the media stopped coming', { cause });
  return new PlayerError('SOURCE_NETWORK', 'the media server could not be reached', { cause });
}
