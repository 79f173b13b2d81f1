/** What a client under test should never cause. */
export type UnexpectedKind =
  | 'unknownRoute'
  | 'invalidPayload'
  | 'unauthorised'
  | 'unacknowledgedInteraction'
  | 'refusedAnswer'
  | 'gatewayProtocol'
  | 'voice'
  | 'simulatorBug';

export interface Unexpected {
  readonly kind: UnexpectedKind;
  readonly atMs: number;
  readonly message: string;
}

/** One finished REST call. Tokens in the path are replaced by their parameter's name. */
export interface RestCallEntry {
  readonly kind: 'rest';
  readonly atMs: number;
  readonly method: string;
  /** As the simulator lists it, e.g. `/channels/:channel/messages`; `null` when there is no such route. */
  readonly route: string | null;
  readonly path: string;
  readonly status: number;
  readonly requestBody: unknown;
  readonly responseBody: unknown;
  /** The bot that called, where the call was authorised. */
  readonly applicationId: string | null;
}

/** One gateway message. The token in Identify and Resume is left out. */
export interface GatewayEntry {
  readonly kind: 'gateway';
  readonly atMs: number;
  readonly direction: 'fromClient' | 'toClient';
  readonly op: number;
  readonly t: string | null;
  readonly d: unknown;
}

export type CallLogEntry = RestCallEntry | GatewayEntry;

/** Somebody else who notes what should not happen, such as the voice servers. */
export interface OtherNotes {
  list(): readonly Unexpected[];
  forget(): void;
}

const MAX_ENTRIES = 10_000;
const MAX_UNEXPECTED = 1000;

/** Everything that went over the wire, and apart from it everything that should not have. */
export class CallLog {
  readonly #entries: CallLogEntry[] = [];
  readonly #listeners = new Set<(entry: CallLogEntry) => void>();
  readonly #others: OtherNotes | undefined;
  #unexpected: Unexpected[] = [];

  constructor(others?: OtherNotes) {
    this.#others = others;
  }

  /** Oldest first, the last 10,000. */
  get entries(): readonly CallLogEntry[] {
    return this.#entries;
  }

  get unexpected(): readonly Unexpected[] {
    return [...this.#unexpected, ...(this.#others?.list() ?? [])];
  }

  get rest(): RestCallEntry[] {
    return this.#entries.filter((entry) => entry.kind === 'rest');
  }

  get gateway(): GatewayEntry[] {
    return this.#entries.filter((entry) => entry.kind === 'gateway');
  }

  onEntry(listener: (entry: CallLogEntry) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  add(entry: CallLogEntry): void {
    this.#entries.push(entry);
    if (this.#entries.length > MAX_ENTRIES) this.#entries.shift();
    for (const listener of this.#listeners) listener(entry);
  }

  addUnexpected(unexpected: Unexpected): void {
    if (this.#unexpected.length < MAX_UNEXPECTED) this.#unexpected.push(unexpected);
  }

  /** Hands over what was noted so far and forgets it: for a test that provokes something on purpose. */
  takeUnexpected(): readonly Unexpected[] {
    const taken = this.unexpected;
    this.#unexpected = [];
    this.#others?.forget();
    return taken;
  }

  /** @throws Error listing every unknown route, invalid payload, unauthorised call, unanswered interaction … */
  assertNothingUnexpected(): void {
    const { unexpected } = this;
    if (unexpected.length === 0) return;
    const lines = unexpected.map(({ kind, message }) => `  ${kind}: ${message}`);
    throw new Error(`the simulated Discord saw ${lines.length} unexpected thing(s):\n${lines.join('\n')}`);
  }
}
