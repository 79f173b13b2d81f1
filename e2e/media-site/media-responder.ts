import { createReadStream } from 'node:fs';
import { stat } from 'node:fs/promises';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { pipeline } from 'node:stream/promises';
import { setTimeout as delay } from 'node:timers/promises';
import type { MediaFault } from './catalogue.ts';

export interface MediaFile {
  readonly path: string;
  readonly contentType: string;
  readonly fault?: MediaFault | undefined;
  readonly isLive?: boolean | undefined;
  readonly title: string;
}

const HTML = '<!doctype html><html><body><h1>Not a song</h1></body></html>';
const CUT_AT = 0.3;
const STALL_AFTER_BYTES = 32 * 1024;

/** Answers one request for media: ranges as RFC 9110 section 14 has them, and the faults of a bad server. */
export async function respondWithMedia(
  file: MediaFile,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { fault } = file;
  if (file.isLive === true) return broadcast(file, response);
  if (fault === 'hang') return;
  if (fault === 'html') {
    response.writeHead(200, { 'content-type': 'audio/mpeg' }).end(HTML);
    return;
  }
  if (fault === 'redirect-inside') {
    response.writeHead(302, { location: 'http://169.254.169.254/latest/meta-data/' }).end();
    return;
  }
  if (fault === 'redirects') {
    const hop = Number(new URL(request.url ?? '', 'http://site').searchParams.get('hop') ?? 0);
    if (hop < 6) {
      response.writeHead(302, { location: `?hop=${hop + 1}` }).end();
      return;
    }
  }
  if (fault?.startsWith('status-') === true) {
    response
      .writeHead(Number(fault.slice('status-'.length)), { 'content-type': 'text/plain' })
      .end('refused');
    return;
  }
  await sendFile(file, request, response);
}

async function sendFile(file: MediaFile, request: IncomingMessage, response: ServerResponse): Promise<void> {
  const { size } = await stat(file.path);
  const { fault } = file;
  const total = fault === 'huge' ? 4 * 2 ** 30 : fault === 'truncated' ? Math.floor(size / 2) : size;
  const range = fault === 'no-range' ? undefined : /^bytes=(\d+)-(\d*)$/.exec(request.headers.range ?? '');
  const start = Number(range?.[1] ?? 0);
  const end = Math.min(range?.[2] ? Number(range[2]) : total - 1, total - 1);
  if (range && start >= total) {
    response.writeHead(416, { 'content-range': `bytes */${total}` }).end();
    return;
  }
  response.writeHead(range ? 206 : 200, {
    'content-type': file.contentType,
    'content-length': end - start + 1,
    ...(fault !== 'no-range' && { 'accept-ranges': 'bytes' }),
    ...(range && { 'content-range': `bytes ${start}-${end}/${total}` }),
  });
  if (request.method === 'HEAD') response.end();
  else await sendBytes(file, { start, end: Math.min(end, size - 1), size }, response);
}

interface Span {
  readonly start: number;
  /** Inclusive. */
  readonly end: number;
  readonly size: number;
}

async function sendBytes(
  { path, fault }: MediaFile,
  { start, end, size }: Span,
  response: ServerResponse,
): Promise<void> {
  const cutAt = Math.floor(size * CUT_AT);
  if (fault === 'zeros') {
    response.end(Buffer.alloc(end - start + 1));
  } else if (fault === 'drip') {
    for await (const chunk of createReadStream(path, { start, end, highWaterMark: 1 })) {
      if (response.destroyed) return;
      response.write(chunk);
      await delay(500, undefined, { ref: false });
    }
  } else if (fault === 'stall') {
    for await (const chunk of createReadStream(path, {
      start,
      end: Math.min(end, start + STALL_AFTER_BYTES),
    }))
      response.write(chunk);
  } else if (fault === 'cut' && start < cutAt && end >= cutAt) {
    for await (const chunk of createReadStream(path, { start, end: cutAt })) response.write(chunk);
    response.socket?.resetAndDestroy();
  } else if (fault === 'huge') {
    for await (const chunk of createReadStream(path, { start, end })) response.write(chunk);
    response.destroy();
  } else {
    // A client that has heard enough goes away; that is not our failure.
    await pipeline(createReadStream(path, { start, end }), response).catch(() => {});
  }
}

/** The file over and over, about as fast as it is heard, as an Icecast server sends it. */
async function broadcast({ path, contentType, title }: MediaFile, response: ServerResponse): Promise<void> {
  response.writeHead(200, { 'content-type': contentType, 'icy-name': title, 'icy-br': '128' });
  while (!response.destroyed) {
    for await (const chunk of createReadStream(path, { highWaterMark: 16 * 1024 })) {
      if (response.destroyed) return;
      response.write(chunk);
      await delay(500, undefined, { ref: false });
    }
  }
}
