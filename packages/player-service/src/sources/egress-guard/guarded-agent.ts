import { Agent, buildConnector } from 'undici';
import { icyConnector } from '../../icy/icy-connector.ts';
import type { EgressPolicy } from './egress-policy.ts';
import { pinnedLookup } from './pinned-lookup.ts';

/**
 * An undici dispatcher for our own requests. It obeys the same policy as the guard without a detour through it,
 * and fails with the policy's own `PlayerError`. Redirects are the caller's to follow, one request each.
 */
export function guardedAgent(policy: EgressPolicy): Agent {
  return new Agent({
    connect: icyConnector((options, callback) => {
      const port = Number(options.port) || (options.protocol === 'https:' ? 443 : 80);
      policy.authorize(options.hostname, port).then(
        (addresses) => {
          const connector = buildConnector({
            timeout: 10_000,
            lookup: pinnedLookup(addresses),
          });
          connector(options, callback);
        },
        (error: Error) => callback(error, null),
      );
    }),
    headersTimeout: 10_000,
    bodyTimeout: 10_000,
    maxHeaderSize: 32 * 1024,
    pipelining: 0,
  });
}
