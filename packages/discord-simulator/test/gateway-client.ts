import { once } from 'node:events';
import { WebSocket } from 'ws';
import type { DiscordSimulator } from '../src/index.ts';

interface Frame {
  readonly op: number;
  readonly t: string | null;
  readonly s: number | null;
  // biome-ignore lint/suspicious/noExplicitAny: a bare wire payload, whose shape each test states by what it reads
  readonly d: any;
}

export const GUILDS = 1;
export const GUILD_VOICE_STATES = 1 << 7;
export const GUILD_MESSAGES = 1 << 9;

/** A bare gateway client that does exactly what a test says, right or wrong. */
export class GatewayClient implements AsyncDisposable {
  readonly frames: Frame[] = [];
  readonly closed: Promise<number>;
  readonly #socket: WebSocket;
  readonly #waiting = new Set<() => void>();

  static async open(discord: DiscordSimulator, query = '?v=10&encoding=json'): Promise<GatewayClient> {
    const socket = new WebSocket(`${discord.gatewayUrl}/${query}`);
    const client = new GatewayClient(socket);
    await once(socket, 'open');
    return client;
  }

  private constructor(socket: WebSocket) {
    this.#socket = socket;
    this.closed = once(socket, 'close').then(([code]) => code as number);
    socket.on('message', (data) => {
      this.frames.push(JSON.parse(String(data)));
      for (const look of this.#waiting) look();
    });
  }

  send(op: number, d: unknown): void {
    this.#socket.send(JSON.stringify({ op, d }));
  }

  sendText(text: string): void {
    this.#socket.send(text);
  }

  close(code: number): void {
    this.#socket.close(code);
  }

  terminate(): void {
    this.#socket.terminate();
  }

  async identify(discord: DiscordSimulator, extra: object = {}): Promise<Frame> {
    const properties = { os: 'test', browser: 'test', device: 'test' };
    const intents = GUILDS | GUILD_VOICE_STATES | GUILD_MESSAGES;
    this.send(2, { token: discord.botToken, intents, properties, ...extra });
    return await this.event('READY');
  }

  /** The first event of this name for which `matches` holds, past or to come. */
  event(t: string, matches: (frame: Frame) => boolean = () => true): Promise<Frame> {
    return this.frame((frame) => frame.t === t && matches(frame));
  }

  frame(matches: (frame: Frame) => boolean): Promise<Frame> {
    return new Promise((resolve) => {
      const look = () => {
        const found = this.frames.find(matches);
        if (found === undefined) return;
        this.#waiting.delete(look);
        resolve(found);
      };
      this.#waiting.add(look);
      look();
    });
  }

  names(): (string | null)[] {
    return this.frames.filter(({ op }) => op === 0).map(({ t }) => t);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    if (this.#socket.readyState === WebSocket.CLOSED) return;
    this.#socket.terminate();
    await this.closed;
  }
}
