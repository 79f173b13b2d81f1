import { once } from 'node:events';
import { type AddressInfo, createServer, type Socket } from 'node:net';
import { createServer as createTlsServer } from 'node:tls';
import { Agent, buildConnector, request } from 'undici';
import { expect, test } from 'vitest';
import { createCertificateAuthority } from '../../../discord-simulator/src/voice/certificate-authority.ts';
import { icyConnector } from './icy-connector.ts';

/** A server that answers each request with these parts, one packet each, and hangs up. */
async function serve(parts: readonly string[]) {
  const sockets = new Set<Socket>();
  const server = createServer((socket) => {
    sockets.add(socket.setNoDelay());
    socket.on('error', () => {});
    socket.once('data', async () => {
      for (const part of parts) {
        await new Promise((resolve) => socket.write(part, 'latin1', resolve));
        await new Promise((resolve) => setImmediate(resolve));
      }
      socket.end();
    });
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new Agent({ connect: icyConnector(buildConnector({ timeout: 2_000 })) });
  return {
    get: () => request(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`, { dispatcher: agent }),
    async [Symbol.asyncDispose]() {
      await agent.destroy();
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}

const HEADERS = 'icy-name:Caf\xe9\r\nicy-metaint:16000\r\ncontent-type:audio/mpeg\r\n\r\n';

test.each([
  ['at once', [`ICY 200 OK\r\n${HEADERS}sound`]],
  ['byte by byte', [...'ICY 200 OK\r\n', `${HEADERS}so`, 'und']],
])('an answer that begins with ICY is read, sent %s', async (_how, parts) => {
  await using server = await serve(parts);
  const { statusCode, headers, body } = await server.get();
  expect(statusCode).toBe(200);
  expect(headers).toMatchObject({ 'icy-name': 'Caf\xe9', 'icy-metaint': '16000' });
  expect(await body.text()).toBe('sound');
});

test('an answer that begins with ICY is read through TLS as well', async () => {
  const { caPem, certPem, keyPem } = await createCertificateAuthority();
  const server = createTlsServer({ cert: certPem, key: keyPem }, (socket) => {
    socket.on('error', () => {});
    socket.once('data', () => socket.end(`ICY 200 OK\r\n${HEADERS}sound`, 'latin1'));
  }).listen(0, '127.0.0.1');
  await once(server, 'listening');
  const agent = new Agent({ connect: icyConnector(buildConnector({ timeout: 2_000, ca: caPem })) });
  const url = `https://127.0.0.1:${(server.address() as AddressInfo).port}/`;
  const { statusCode, body } = await request(url, { dispatcher: agent });
  expect(statusCode).toBe(200);
  expect(await body.text()).toBe('sound');
  await agent.destroy();
  server.close();
  await once(server, 'close');
});

test('the status behind the word counts', async () => {
  await using server = await serve(['ICY 404 Resource Not Found\r\n\r\n']);
  const { statusCode, body } = await server.get();
  expect(statusCode).toBe(404);
  await body.dump();
});

test('HTTP is left as it is', async () => {
  await using server = await serve(['H', 'TTP/1.1 200 OK\r\ncontent-length: 4\r\n\r\nICY ']);
  const { body } = await server.get();
  expect(await body.text()).toBe('ICY ');
});

test.each([
  ['ICE 200 OK\r\n\r\n', 'Expected HTTP'],
  ['IC', 'other side closed'],
  ['ICY', 'does not match'],
  ['ICY nonsense\r\n\r\n', 'Invalid status code'],
])('%j is no answer', async (answer, reason) => {
  await using server = await serve([answer]);
  await expect(server.get()).rejects.toThrow(reason);
});
