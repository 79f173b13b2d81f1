import { appendFileSync, existsSync, readFileSync } from 'node:fs';
import type { Epoch } from '@bandstand/protocol';
import { CommandServer, EventPublisher } from '../../src/index.ts';

/**
 * A small player as a real process: it counts, and each request key counts once, because key and effect are one line of a file.
 * `crashes`: the share of commands after whose effect it kills itself before it replies.
 */
const [, , commandEndpoint = '', eventEndpoint = '', file = '', crashes = '0'] = process.argv;
const epoch = `process-${process.pid}-${performance.timeOrigin}` as Epoch;
const security = { mechanism: 'none', allowInsecure: false } as const;
const applied = new Set(existsSync(file) ? readFileSync(file, 'utf8').split('\n') : []);

const server = await CommandServer.listen({
  endpoint: commandEndpoint,
  security,
  epoch,
  hello: () => ({ node_id: 'child', service_version: '1', capabilities: [], event_port: 1, players: 0 }),
  handler: async ({ key }) => {
    if (key !== null && !applied.has(key)) {
      appendFileSync(file, `${key}\n`);
      applied.add(key);
      if (Math.random() < Number(crashes)) process.kill(process.pid, 'SIGKILL');
    }
    return { data: { changed: true } };
  },
});
const publisher = await EventPublisher.listen({
  endpoint: eventEndpoint,
  security,
  epoch,
  heartbeat: () => ({ node_id: 'child', players: 0, playing: 0, loop_delay_ms: 0 }),
});
// The event loop stands still; libzmq's own threads go on.
process.on('message', ({ blockMs }: { blockMs: number }) => {
  Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, blockMs);
});
process.once(
  'SIGTERM',
  () => void Promise.all([server.close(), publisher.close()]).then(() => process.disconnect()),
);
process.send?.({ commands: server.endpoint, events: publisher.endpoint, epoch });
