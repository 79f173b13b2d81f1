import type { GatewayDispatchEvents } from 'discord-api-types/v10';

/** What happens to a REST call instead of, or before, its ordinary answer. */
export type RestFault =
  | {
      readonly kind: 'rateLimit';
      readonly retryAfterMs: number;
      readonly scope: 'user' | 'global' | 'shared';
    }
  | { readonly kind: 'status'; readonly status: number }
  | { readonly kind: 'slow'; readonly delayMs: number }
  | { readonly kind: 'disconnect' };

interface Armed<Fault> {
  readonly fault: Fault;
  left: number;
}

/** Faults wait here until something takes them; each is used up after `times`. */
class FaultQueue<Key, Fault> {
  readonly #armed: { readonly key: Key; readonly armed: Armed<Fault> }[] = [];

  arm(key: Key, fault: Fault, times: number): void {
    if (!(times >= 1)) throw new RangeError(`a fault happens at least once, not ${times} times`);
    this.#armed.push({ key, armed: { fault, left: times } });
  }

  /** @returns The oldest armed fault whose key matches. */
  take(matches: (key: Key) => boolean): Fault | undefined {
    const index = this.#armed.findIndex(({ key }) => matches(key));
    const found = this.#armed[index];
    if (found === undefined) return undefined;
    found.armed.left -= 1;
    if (found.armed.left <= 0) this.#armed.splice(index, 1);
    return found.armed.fault;
  }

  get size(): number {
    return this.#armed.length;
  }

  clear(): void {
    this.#armed.length = 0;
  }
}

/** Either a route as the simulator lists it (`POST /channels/:channel/messages`) or a match on `METHOD /real/path`. */
export type RoutePattern = string | RegExp;

/** Trouble with the REST API, on demand. */
export class RestFaults {
  readonly #queue = new FaultQueue<RoutePattern, RestFault>();
  readonly #routes: ReadonlySet<string>;

  constructor(routes: ReadonlySet<string>) {
    this.#routes = routes;
  }

  /** Answers 429 with these waiting times, although the bucket is not empty. */
  rateLimit(
    route: RoutePattern,
    { times = 1, retryAfterMs = 500, scope = 'user' as 'user' | 'global' | 'shared' } = {},
  ): void {
    this.#arm(route, { kind: 'rateLimit', retryAfterMs, scope }, times);
  }

  /** Answers with an error status and an empty body, as Discord's edge does. */
  fail(route: RoutePattern, { times = 1, status = 503 } = {}): void {
    this.#arm(route, { kind: 'status', status }, times);
  }

  /** Handles the call `delayMs` late. */
  slow(route: RoutePattern, { times = 1, delayMs = 1000 } = {}): void {
    this.#arm(route, { kind: 'slow', delayMs }, times);
  }

  /** Cuts the TCP connection without an answer and without an effect. */
  disconnect(route: RoutePattern, { times = 1 } = {}): void {
    this.#arm(route, { kind: 'disconnect' }, times);
  }

  clear(): void {
    this.#queue.clear();
  }

  /** How many faults have not been used up. */
  get armed(): number {
    return this.#queue.size;
  }

  take(route: string, path: string): RestFault | undefined {
    return this.#queue.take((key) => (typeof key === 'string' ? key === route : key.test(path)));
  }

  #arm(route: RoutePattern, fault: RestFault, times: number): void {
    if (typeof route === 'string' && !this.#routes.has(route)) {
      throw new Error(`no such route: ${route}\nroutes: ${[...this.#routes].sort().join(', ')}`);
    }
    this.#queue.arm(route, fault, times);
  }
}

/** How the answer to a voice join goes wrong. */
export type VoiceAnswerFault = 'swapped' | 'endpointNull' | 'silent';

/** Trouble with the two events that answer a bot's voice join (op 4), on demand. */
export class VoiceAnswerFaults {
  readonly #queue = new FaultQueue<null, VoiceAnswerFault>();

  /** VOICE_SERVER_UPDATE comes before VOICE_STATE_UPDATE. */
  swapOrder({ times = 1 } = {}): void {
    this.#queue.arm(null, 'swapped', times);
  }

  /** VOICE_SERVER_UPDATE carries `endpoint: null`: no voice server is at hand (yet: see `Moderator.restoresVoiceServer`). */
  endpointNull({ times = 1 } = {}): void {
    this.#queue.arm(null, 'endpointNull', times);
  }

  /** Nothing at all is answered, as for a full channel. */
  silent({ times = 1 } = {}): void {
    this.#queue.arm(null, 'silent', times);
  }

  clear(): void {
    this.#queue.clear();
  }

  take(): VoiceAnswerFault | undefined {
    return this.#queue.take(() => true);
  }
}

/** Trouble that a gateway connection meets by itself; acts on living sessions are methods of `GatewayServer`. */
export class GatewayFaults {
  readonly #delays = new FaultQueue<string, number>();
  readonly #acks = new FaultQueue<null, true>();
  readonly #invalid = new FaultQueue<null, { readonly resumable: boolean }>();

  /** The next events of this name arrive late; events of other names overtake them. */
  delayDispatch(name: `${GatewayDispatchEvents}`, { times = 1, delayMs = 1000 } = {}): void {
    this.#delays.arm(name, delayMs, times);
  }

  /** Heartbeats stay unanswered, so that the client finds its connection dead. */
  dropHeartbeatAcks({ times = 1 } = {}): void {
    this.#acks.arm(null, true, times);
  }

  /** The next Identify or Resume is answered with INVALID_SESSION. */
  invalidSession({ times = 1, resumable = false } = {}): void {
    this.#invalid.arm(null, { resumable }, times);
  }

  clear(): void {
    this.#delays.clear();
    this.#acks.clear();
    this.#invalid.clear();
  }

  takeDelayMs(name: string): number {
    return this.#delays.take((key) => key === name) ?? 0;
  }

  takeDroppedAck(): boolean {
    return this.#acks.take(() => true) ?? false;
  }

  takeInvalidSession(): { readonly resumable: boolean } | undefined {
    return this.#invalid.take(() => true);
  }
}
