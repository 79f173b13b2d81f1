import { XPublisher, XSubscriber } from 'zeromq';

/** A relay of the player's events that loses some of them: it behaves like the player's own socket otherwise. */
export class LossyEvents implements AsyncDisposable {
  readonly #player = new XSubscriber({ linger: 0 });
  readonly #bots = new XPublisher({ linger: 0, sendHighWaterMark: 0 });
  readonly #random: () => number;
  readonly #lossRate: number;
  #relayed = 0;
  #lost = 0;
  #passing: Promise<unknown> = Promise.resolve();

  private constructor(lossRate: number, random: () => number) {
    this.#lossRate = lossRate;
    this.#random = random;
  }

  /** @param lossRate - The share that never arrives, 0 to 1. Heartbeats are events, too. */
  static async between(
    playerEndpoint: string,
    botEndpoint: string,
    lossRate: number,
    random: () => number,
  ): Promise<LossyEvents> {
    const relay = new LossyEvents(lossRate, random);
    await relay.#bots.bind(botEndpoint);
    relay.#player.connect(playerEndpoint);
    relay.#passing = Promise.allSettled([relay.#passSubscriptions(), relay.#passEvents()]);
    return relay;
  }

  get counts(): { readonly relayed: number; readonly lost: number } {
    return { relayed: this.#relayed, lost: this.#lost };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#player.close();
    this.#bots.close();
    await this.#passing; // each ends with its sockets: what it was just sending has nowhere to go
  }

  async #passSubscriptions(): Promise<void> {
    for await (const message of this.#bots) await this.#player.send(message);
  }

  async #passEvents(): Promise<void> {
    for await (const message of this.#player) {
      if (this.#random() < this.#lossRate) {
        this.#lost++;
        continue;
      }
      this.#relayed++;
      await this.#bots.send(message);
    }
  }
}
