import { once } from 'node:events';
import { createServer } from 'node:net';

/** Below the ports that Linux hands out by itself (`ip_local_port_range`): what is free stays free until its service listens. */
const FIRST_PORT = 20_000;
const PORTS = 12_000;

/** A TCP port of the loopback address that nobody listens on at the moment. */
export async function freePort(): Promise<number> {
  for (;;) {
    const port = FIRST_PORT + Math.floor(Math.random() * PORTS);
    if (await isFree(port)) return port;
  }
}

async function isFree(port: number): Promise<boolean> {
  const server = createServer();
  server.listen(port, '127.0.0.1');
  try {
    await once(server, 'listening');
  } catch {
    return false; // somebody listens there
  }
  server.close();
  await once(server, 'close');
  return true;
}
