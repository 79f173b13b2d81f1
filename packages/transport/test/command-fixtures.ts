import {
  type Epoch,
  encodeReply,
  type GuildId,
  type PlayerError,
  type Reply,
  type RequestKey,
} from '@bandstand/protocol';
import * as zmq from 'zeromq';
import {
  CommandClient,
  type CommandClientOptions,
  type CommandHandler,
  CommandServer,
  type CommandServerOptions,
  type HelloAnswer,
} from '../src/index.ts';
import { NO_CURVE, type TestAddress, TRANSPORTS } from './transports.ts';

export const GUILD = '689241026199552011' as GuildId;
export const OTHER_GUILD = '689241026199552012' as GuildId;
export const THIRD_GUILD = '689241026199552013' as GuildId;
export const EPOCH = 'epoch-1' as Epoch;

export const key = (text: string) => text as RequestKey;

export const HELLO: HelloAnswer = {
  node_id: 'node-1',
  service_version: '1.0.0',
  capabilities: ['test'],
  event_port: 5_556,
  players: 0,
};

/** Answers everything with what `changed` commands answer. */
export const obedient: CommandHandler = async () => ({ data: { changed: true }, revision: 1 });

export async function startServer(
  handler: CommandHandler = obedient,
  options: Partial<CommandServerOptions> = {},
  address?: TestAddress,
): Promise<CommandServer> {
  return CommandServer.listen({
    endpoint: address?.endpoint ?? 'tcp://127.0.0.1:*',
    security: NO_CURVE,
    epoch: EPOCH,
    hello: () => HELLO,
    handler,
    ...options,
  });
}

export function openClient(endpoint: string, options: Partial<CommandClientOptions> = {}): CommandClient {
  return new CommandClient({
    endpoint,
    security: NO_CURVE,
    clientName: 'test',
    clientVersion: '1.0.0',
    ...options,
  });
}

/** Quick attempts, so that a lost reply costs a test little. */
export const IMPATIENT = {
  HELLO: { attemptMs: 200, totalMs: 5_000 },
  PAUSE: { attemptMs: 200, totalMs: 5_000 },
  GET_STATE: { attemptMs: 200, totalMs: 5_000 },
} as const;

export interface RawRequest {
  readonly action: string;
  readonly key: RequestKey;
  readonly guild_id: unknown;
  readonly ttl_ms: number;
  readonly data: Record<string, unknown>;
}

/** `undefined` = the reply is lost. */
export type RawAnswer = (
  request: RawRequest,
  reply: (reply: Partial<Reply>) => Promise<void>,
) => Partial<Reply> | Buffer | undefined;

/** A player that misbehaves as told: a bare ROUTER. HELLO is answered unless the test does. */
export async function startRawPlayer(
  answer: RawAnswer,
  address?: TestAddress,
): Promise<{ endpoint: string; requests: RawRequest[] } & AsyncDisposable> {
  const router = new zmq.Router({ linger: 0 });
  await router.bind(address?.endpoint ?? 'tcp://127.0.0.1:*');
  const requests: RawRequest[] = [];
  const serve = async () => {
    for await (const frames of router) {
      const envelope = frames.slice(0, -1);
      const request = JSON.parse(String(frames.at(-1))) as RawRequest;
      requests.push(request);
      const send = async (reply: Partial<Reply> | Buffer) => {
        await router.send([...envelope, Buffer.isBuffer(reply) ? reply : encode(request, reply)]);
      };
      const reply = answer(request, send) ?? (request.action === 'HELLO' ? helloReply() : undefined);
      if (reply !== undefined) await send(reply);
    }
  };
  void serve();
  return {
    endpoint: router.lastEndpoint ?? '',
    requests,
    [Symbol.asyncDispose]: async () => router.close(),
  };
}

export function helloReply(over: Record<string, unknown> = {}): Partial<Reply> {
  return success({ ...HELLO, protocol_version: 1, oldest_protocol_version: 1, epoch: EPOCH, ...over });
}

export function success(data: Record<string, unknown>): Partial<Reply> {
  return { status: 'success', data };
}

export function failure(error: PlayerError): Partial<Reply> {
  return { status: 'error', error };
}

function encode(request: RawRequest, reply: Partial<Reply>): Buffer {
  return encodeReply({ key: request.key, epoch: EPOCH, revision: null, ...reply } as Reply);
}

/** A peer that is not one of ours. */
export function rawPeer(
  socket: zmq.Request | zmq.Dealer,
  endpoint: string,
): AsyncDisposable & { socket: typeof socket } {
  socket.linger = 0;
  socket.receiveTimeout = 5_000;
  socket.connect(endpoint);
  return { socket, [Symbol.asyncDispose]: async () => socket.close() };
}

/** The JSON of a command as some peer might write it. */
export function commandJson(over: Record<string, unknown> = {}): string {
  return JSON.stringify({
    v: 1,
    type: 'command',
    action: 'PAUSE',
    guild_id: GUILD,
    data: {},
    timestamp: 1,
    key: 'k',
    ttl_ms: 5_000,
    ...over,
  });
}

export { TRANSPORTS };
