import { Agent, buildConnector, type Dispatcher, interceptors, Pool, ProxyAgent } from 'undici';
import { icyConnector } from '../../icy/icy-connector.ts';

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
      ? new Agent({
          ...options,
          connect: icyConnector(buildConnector({ timeout: timeoutMs, allowH2: false })),
        })
      : new ProxyAgent({
          ...options,
          uri: proxyUrl,
          proxyTunnel: true,
          requestTls: { timeout: timeoutMs },
          factory: icyPool,
        });
  return agent.compose(
    interceptors.redirect({ maxRedirections: MAX_REDIRECTIONS, throwOnMaxRedirect: true }),
  );
}

/** The agent of a tunnel makes the connector itself and hands it to its pools. */
function icyPool(origin: string | URL, options: object): Pool {
  const { connect, ...rest } = options as Pool.Options;
  if (typeof connect !== 'function') throw new Error('bug: the tunnel has no connector');
  return new Pool(origin, { ...rest, connect: icyConnector(connect) });
}
