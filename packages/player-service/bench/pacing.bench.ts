import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { parseArgs } from 'node:util';

/**
 * CPU per packet and regularity of our own pacer and of the library's AudioPlayer, side by side: the same connections
 * to the same simulated voice servers, each way in a process of its own.
 *
 *   node packages/player-service/bench/pacing.bench.ts --streams 50,200 --seconds 10
 */
const { values } = parseArgs({
  options: {
    streams: { type: 'string', default: '50,200' },
    seconds: { type: 'string', default: '10' },
    rounds: { type: 'string', default: '3' },
    bytes: { type: 'string', default: '240' },
  },
});

interface Result {
  readonly way: string;
  readonly [measure: string]: number | string;
}

const results: Result[] = [];
for (const streams of values.streams.split(',').map(Number)) {
  for (let round = 0; round < Number(values.rounds); round++) {
    for (const way of ['own', 'stock']) results.push(await measure(way, streams));
  }
}
const columns = Object.keys(results[0] ?? {});
const cell = (value: number | string | undefined) =>
  typeof value === 'number' ? value.toFixed(2) : (value ?? '');
const rows = results.map((result) => columns.map((column) => cell(result[column])));
const table = [columns, columns.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
process.stdout.write(`${table.join('\n')}\n`);

async function measure(way: string, streams: number): Promise<Result> {
  const server = start('./pacing-voice-server.ts');
  const sender = start('./pacing-sender.ts');
  try {
    const signal = AbortSignal.timeout((Number(values.seconds) + 60) * 1_000);
    const [{ caPem }] = await once(server, 'message', { signal });
    server.on('message', (allocation) => sender.send(allocation));
    sender.send({ way, caPem, streams, seconds: Number(values.seconds), frameBytes: Number(values.bytes) });
    return await new Promise((resolve, reject) => {
      for (const child of [server, sender]) {
        child.on('exit', (code) => reject(new Error(`a process of the benchmark ended with ${code}`)));
      }
      signal.addEventListener('abort', () => reject(signal.reason));
      sender.on('message', (message: { result?: Result }) => {
        if (message.result === undefined) server.send(message);
        else resolve(message.result);
      });
    });
  } finally {
    for (const child of [server, sender]) child.removeAllListeners('exit');
    sender.kill('SIGKILL');
    server.kill('SIGKILL');
  }
}

function start(file: string): ChildProcess {
  return fork(new URL(file, import.meta.url), { stdio: ['ignore', 'inherit', 'inherit', 'ipc'] });
}
