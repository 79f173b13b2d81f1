import type { LookupAddress } from 'node:dns';
import { lookup } from 'node:dns/promises';
import { isIP } from 'node:net';
import { PlayerError } from '@bandstand/protocol';
import ipaddr from 'ipaddr.js';

/** All addresses of a host name, as `dns.lookup(name, { all: true })` gives them. */
export type ResolveHost = (hostname: string) => Promise<readonly LookupAddress[]>;

export interface EgressPolicyOptions {
  /** Destination ports; 80 and 443 when absent. */
  readonly ports?: readonly number[];
  /** Tests bring their own name service. */
  readonly resolveHost?: ResolveHost;
  /** `host:port` of local test servers, let through unchecked. Must be empty in production. */
  readonly allowedForTests?: readonly string[];
  readonly isProduction: boolean;
}

const DEFAULT_PORTS = [80, 443];
/** The IPv6 space that is handed out for the Internet. Whatever lies outside is no place for media. */
const GLOBAL_IPV6 = ipaddr.parseCIDR('2000::/3');

const systemResolve: ResolveHost = (hostname) => lookup(hostname, { all: true });

/**
 * Decides where the player may connect to on behalf of a user: public addresses on web ports.
 * It answers with the very addresses to connect to, so that a second, different DNS answer changes nothing.
 */
export class EgressPolicy {
  readonly #ports: ReadonlySet<number>;
  readonly #resolveHost: ResolveHost;
  readonly #allowedForTests: ReadonlySet<string>;

  /** @throws when local addresses are allowed in production. */
  constructor(options: EgressPolicyOptions) {
    const allowedForTests = options.allowedForTests ?? [];
    if (options.isProduction && allowedForTests.length > 0) {
      throw new Error('local addresses cannot be allowed in production');
    }
    this.#ports = new Set(options.ports ?? DEFAULT_PORTS);
    this.#resolveHost = options.resolveHost ?? systemResolve;
    this.#allowedForTests = new Set(allowedForTests);
  }

  /**
   * The checked addresses of a destination.
   *
   * @param hostname - As in a URL: a name, an IPv4 address in any notation, or an IPv6 address with or without brackets.
   * @throws {@link PlayerError} `ADDRESS_NOT_ALLOWED`, or `SOURCE_NETWORK` when the name does not resolve.
   */
  async authorize(hostname: string, port: number): Promise<readonly LookupAddress[]> {
    const host = canonicalHost(hostname);
    if (host === undefined) throw refused(hostname, port, 'not a host name');
    const literal = host.startsWith('[') ? host.slice(1, -1) : host;
    if (this.#allowedForTests.has(`${host}:${port}`)) return addressesOf(literal);
    if (!this.#ports.has(port)) throw refused(hostname, port, 'the port is not a web port');

    const addresses = isIP(literal) > 0 ? addressesOf(literal) : await this.#resolve(literal);
    if (addresses.length === 0) throw new PlayerError('SOURCE_NETWORK', 'the host name has no address');
    if (!addresses.every(({ address }) => isPublic(address))) {
      throw refused(hostname, port, 'the address is not public');
    }
    return addresses;
  }

  async #resolve(hostname: string): Promise<readonly LookupAddress[]> {
    try {
      return await this.#resolveHost(hostname);
    } catch (cause) {
      throw new PlayerError('SOURCE_NETWORK', 'the host name does not resolve', {
        cause,
        details: { hostname },
      });
    }
  }
}

/** Whether an address is one of the public Internet. IPv4 inside IPv6 is judged as IPv4; tunnels and translations are not public. */
export function isPublic(address: string): boolean {
  if (!ipaddr.isValid(address)) return false;
  const parsed = ipaddr.process(address);
  if (parsed.range() !== 'unicast') return false;
  return parsed.kind() === 'ipv4' || (parsed as ipaddr.IPv6).match(GLOBAL_IPV6);
}

/** One spelling for each host: `0x7f.1`, `2130706433` and `127.0.0.1` are the same. */
function canonicalHost(hostname: string): string | undefined {
  const bracketed = isIP(hostname) === 6 ? `[${hostname}]` : hostname;
  const url = URL.parse(`http://${bracketed}/`);
  if (url === null || url.username !== '' || url.port !== '' || url.pathname !== '/') return undefined;
  return url.hostname === '' ? undefined : url.hostname;
}

function addressesOf(literal: string): readonly LookupAddress[] {
  const family = isIP(literal);
  // Only a name that is allowed for tests comes here without being an address.
  return family === 0 ? [{ address: '127.0.0.1', family: 4 }] : [{ address: literal, family }];
}

function refused(hostname: string, port: number, reason: string): PlayerError {
  return new PlayerError('ADDRESS_NOT_ALLOWED', `egress refused: ${reason}`, {
    details: { hostname: hostname.slice(0, 255), port, reason },
  });
}
