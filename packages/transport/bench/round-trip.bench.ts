import { once } from 'node:events';
import { type AddressInfo, connect, createServer, type Socket } from 'node:net';
import { type Epoch, encodeCommand, encodeReply, type GuildId, type RequestKey } from '@bandstand/protocol';
import { CommandClient, CommandServer } from '../src/index.ts';

/*
 * How much a command costs over a plain TCP round trip of the same bytes, both ends in one process.
 * Run: node packages/transport/bench/round-trip.bench.ts [requests]
 */
const REQUESTS = Number(process.argv[2] ?? 5_000);
const ROUNDS = 3;
const guildId = '689241026199552011' as GuildId;
const epoch = 'bench' as Epoch;
const data = { changed: true };

interface Figures {
  readonly perSecond: number;
  readonly p50Us: number;
  readonly p99Us: number;
}

async function measure(roundTrip: (index: number) => Promise<unknown>): Promise<Figures> {
  for (let index = 0; index < 500; index++) await roundTrip(-index);
  const timesUs = new Float64Array(REQUESTS);
  const begun = performance.now();
  for (let index = 0; index < REQUESTS; index++) {
    const sentAt = performance.now();
    await roundTrip(index);
    timesUs[index] = (performance.now() - sentAt) * 1_000;
  }
  const perSecond = (REQUESTS / (performance.now() - begun)) * 1_000;
  timesUs.sort();
  const at = (share: number) => timesUs[Math.floor(REQUESTS * share)] ?? 0;
  return { perSecond, p50Us: at(0.5), p99Us: at(0.99) };
}

/** The same JSON, without ZeroMQ, deadlines, retries or a parser. */
async function plainTcp(): Promise<Figures> {
  const key = 'k' as RequestKey;
  const request = encodeCommand({ action: 'PAUSE', guildId, data: {}, key, ttlMs: 10_000 }, Date.now());
  const reply = encodeReply({ status: 'success', data, key, epoch, revision: 1 });
  const server = createServer((socket) => answerEach(socket, request.length, reply));
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const client = connect((server.address() as AddressInfo).port, '127.0.0.1');
  client.setNoDelay();
  await once(client, 'connect');
  let received = 0;
  let done: () => void = () => undefined;
  client.on('data', (bytes) => {
    received += bytes.length;
    if (received < reply.length) return;
    received = 0;
    done();
  });
  const figures = await measure(
    () =>
      new Promise<void>((resolve) => {
        done = resolve;
        client.write(request);
      }),
  );
  client.destroy();
  server.close();
  return figures;
}

function answerEach(socket: Socket, requestBytes: number, reply: Buffer): void {
  let received = 0;
  socket.setNoDelay();
  socket.on('data', (bytes) => {
    received += bytes.length;
    for (; received >= requestBytes; received -= requestBytes) socket.write(reply);
  });
}

async function commands(endpoint: string): Promise<Figures> {
  const security = { mechanism: 'none', allowInsecure: false } as const;
  await using server = await CommandServer.listen({
    endpoint,
    security,
    epoch,
    hello: () => ({ node_id: 'bench', service_version: '1', capabilities: [], event_port: 1, players: 0 }),
    handler: async () => ({ data, revision: 1 }),
  });
  using client = new CommandClient({
    endpoint: server.endpoint,
    security,
    clientName: 'bench',
    clientVersion: '1',
  });
  return await measure((index) => client.request('PAUSE', guildId, {}, { key: `k${index}` as RequestKey }));
}

const median = (values: readonly number[]) => [...values].sort((a, b) => a - b)[values.length >> 1] ?? 0;

const results: Record<string, Figures[]> = { 'plain TCP': [], 'command, tcp': [], 'command, ipc': [] };
for (let round = 0; round < ROUNDS; round++) {
  results['plain TCP']?.push(await plainTcp());
  results['command, tcp']?.push(await commands('tcp://127.0.0.1:*'));
  results['command, ipc']?.push(await commands(`ipc:///tmp/bandstand-bench-${process.pid}.sock`));
}
const base = median((results['plain TCP'] ?? []).map(({ p50Us }) => p50Us));
process.stdout.write('| way | per second | p50 us | p99 us | × plain TCP |\n|---|---|---|---|---|\n');
for (const [name, rounds] of Object.entries(results)) {
  const of = (field: keyof Figures) => median(rounds.map((round) => round[field]));
  const cells = [name, of('perSecond').toFixed(0), of('p50Us').toFixed(0), of('p99Us').toFixed(0)];
  process.stdout.write(`| ${[...cells, (of('p50Us') / base).toFixed(1)].join(' | ')} |\n`);
}
process.stdout.write(
  `\nOne command after another, both ends in one process, ${REQUESTS} of each, medians of ${ROUNDS} rounds.\n`,
);
