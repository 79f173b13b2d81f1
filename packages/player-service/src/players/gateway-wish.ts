import type { GatewayRequest } from '@bandstand/protocol';

/** What was asked of Discord's gateway and is not answered yet. Discord answers a join with the voice server, a departure with our voice state. */
export class GatewayWish {
  #request: GatewayRequest | null = null;

  get current(): GatewayRequest | null {
    return this.#request;
  }

  set(request: GatewayRequest): void {
    this.#request = request;
  }

  voiceServerCame(endpoint: string | null): void {
    if (endpoint !== null && this.#request?.payload.d.channel_id !== null) this.#request = null;
  }

  voiceStateCame(channelId: string | null): void {
    if (channelId === null && this.#request?.payload.d.channel_id === null) this.#request = null;
  }

  /** Nobody waits for the answer any more. */
  withdrawJoin(): void {
    if (this.#request?.payload.d.channel_id !== null) this.#request = null;
  }
}
