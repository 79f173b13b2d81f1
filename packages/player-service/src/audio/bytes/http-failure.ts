import { PlayerError } from '@bandstand/protocol';

/** @returns The failure an HTTP status means for playback, or `undefined` when it is none. */
export function statusFailure(status: number): PlayerError | undefined {
  if (status === 200 || status === 206) return undefined;
  const details = { status };
  if (status === 429) return new PlayerError('RATE_LIMITED', 'the media server limits us', { details });
  if (status >= 500) return new PlayerError('MEDIA_SERVER_FAILED', 'the media server failed', { details });
  if (status >= 400) return new PlayerError('MEDIA_REFUSED', 'the media server refused the URL', { details });
  return new PlayerError('MEDIA_UNSUPPORTED', 'the media server answered with something else', { details });
}

/** Turns what the HTTP client throws before there is a response into a failure. Its text may hold the URL: only its code is kept. */
export function connectFailure(cause: unknown): PlayerError {
  const reason = errorCode(cause);
  const details = { reason };
  if (reason === 'UND_ERR_HEADERS_TIMEOUT' || reason === 'UND_ERR_CONNECT_TIMEOUT') {
    return new PlayerError('MEDIA_STALLED', 'the media server did not answer in time', { details });
  }
  if (reason === 'UND_ERR_ABORTED' && isProxyRefusal(cause)) {
    return new PlayerError('ADDRESS_NOT_ALLOWED', 'the egress proxy refused the address', { details });
  }
  return new PlayerError('SOURCE_NETWORK', 'the media server could not be reached', { details });
}

function errorCode(cause: unknown): string {
  const code = (cause as { code?: unknown } | null)?.code;
  return typeof code === 'string' ? code : 'unknown';
}

/** undici has no code of its own for a tunnel that was refused; the sentence is pinned by a test. */
function isProxyRefusal(cause: unknown): boolean {
  return cause instanceof Error && cause.message.startsWith('Proxy response (403)');
}
