import { Agent, type Dispatcher, interceptors, ProxyAgent } from 'undici';

export interface HttpClientOptions {
  /** `http://127.0.0.1:port` of the egress proxy. Every connection, redirects included, then goes through its CONNECT. */
  readonly proxyUrl?: string | undefined;
  /** Until connected, and again until the response's headers are there. */
  readonly timeoutMs: number;
}

const MAX_REDIRECTIONS = 5;

/**
 * The way of a thread to media servers. Bodies have no time limit of their own: a paused player leaves them unread for
 * minutes, and the playback's watchdog knows whether anyone waits.
 */
export function createHttpClient({ proxyUrl, timeoutMs }: HttpClientOptions): Dispatcher {
  const options = {
    allowH2: false, // one TCP connection per stream: back-pressure of one must not hold up others
    headersTimeout: timeoutMs,
    bodyTimeout: 0,
    connect: { timeout: timeoutMs },
  };
  const agent =
    proxyUrl === undefined
      ? new Agent(options)
      : new ProxyAgent({ ...options, uri: proxyUrl, proxyTunnel: true, requestTls: { timeout: timeoutMs } });
  return agent.compose(
    interceptors.redirect({ maxRedirections: MAX_REDIRECTIONS, throwOnMaxRedirect: true }),
  );
}
