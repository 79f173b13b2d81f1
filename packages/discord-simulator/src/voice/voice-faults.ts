/** What may be withheld from a client, each named after the message it never gets. */
export type Withholdable =
  | 'hello'
  | 'ready'
  | 'sessionDescription'
  | 'heartbeatAck'
  | 'resumed'
  | 'ipDiscoveryReply';

/** What happens to datagrams in one direction. */
export interface DatagramFault {
  /** 0 loses none, 1 loses all. */
  lossFraction: number;
  /** Added to each datagram that is not lost. */
  delayMs: number;
}

/**
 * The switches by which a test makes the voice servers misbehave. Everything is harmless until it is set,
 * and applies to all sessions of one simulator; what is aimed at one session is a method of `VoiceServer`.
 */
export class VoiceFaults {
  /** How many of the next are withheld; `Infinity` for all until {@link reset}. */
  readonly withhold: Record<Withholdable, number> = {
    hello: 0,
    ready: 0,
    sessionDescription: 0,
    heartbeatAck: 0,
    resumed: 0,
    ipDiscoveryReply: 0,
  };
  /** From clients: IP discovery, keepalives and RTP alike. */
  readonly datagramsToServer: DatagramFault = { lossFraction: 0, delayMs: 0 };
  readonly datagramsToClient: DatagramFault = { lossFraction: 0, delayMs: 0 };
  /** One-way latency of gateway messages; their order is kept. */
  readonly messageDelayMs = { toServer: 0, toClient: 0 };
  #refusal: { readonly code: number; remaining: number } | undefined;

  /** Answers the next identifies with a close code; `Infinity` times for all until {@link reset}. */
  refuseIdentify(code: number, times = 1): void {
    this.#refusal = { code, remaining: times };
  }

  /** @returns The close code the identify at hand is refused with, if it is. */
  takeIdentifyRefusal(): number | undefined {
    if (this.#refusal === undefined || this.#refusal.remaining <= 0) return undefined;
    this.#refusal.remaining--;
    return this.#refusal.code;
  }

  /** @returns Whether the message at hand is withheld; counts it. */
  takeWithheld(message: Withholdable): boolean {
    if (this.withhold[message] <= 0) return false;
    this.withhold[message]--;
    return true;
  }

  /** Back to a network and servers without fault. */
  reset(): void {
    for (const message of Object.keys(this.withhold) as Withholdable[]) this.withhold[message] = 0;
    for (const direction of [this.datagramsToServer, this.datagramsToClient]) {
      direction.lossFraction = 0;
      direction.delayMs = 0;
    }
    this.messageDelayMs.toServer = 0;
    this.messageDelayMs.toClient = 0;
    this.#refusal = undefined;
  }
}
