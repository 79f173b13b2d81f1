import { createSocket, type Socket } from 'node:dgram';
import { once } from 'node:events';
import { setImmediate } from 'node:timers/promises';
import { VoiceUDPSocket } from '@discordjs/voice';
import { expect, onTestFinished, test } from 'vitest';
import { Datagrams } from './datagrams.ts';

/** A test may have closed it itself. */
function close(socket: Socket): Promise<void> {
  return new Promise((resolve) => {
    try {
      socket.close(resolve);
    } catch {
      resolve(); // closed already
    }
  });
}

async function start() {
  const server = createSocket('udp4').bind(0, '127.0.0.1');
  await once(server, 'listening');
  onTestFinished(() => close(server));
  const received: string[] = [];
  server.on('message', (datagram) => {
    if (datagram.length !== 8) received.push(datagram.toString()); // the library's keepalives have eight bytes
  });
  const udp = new VoiceUDPSocket({ ip: '127.0.0.1', port: server.address().port });
  onTestFinished(() => udp.destroy());
  const faults: unknown[] = [];
  const datagrams = new Datagrams(udp, (error) => faults.push(error));
  return { server, received, udp, faults, datagrams };
}

test('datagrams arrive in order before, while and after the socket is connected', async () => {
  const { received, datagrams, faults } = await start();
  datagrams.send(Buffer.from('before'));
  await expect.poll(() => received).toEqual(['before']);
  datagrams.connect();
  datagrams.send(Buffer.from('while'));
  datagrams.connect();
  await expect.poll(() => received).toEqual(['before', 'while']);
  datagrams.send(Buffer.from('after'));
  await expect.poll(() => received).toEqual(['before', 'while', 'after']);
  expect(faults).toEqual([]);
});

test('what the library sends by itself takes the same way once the socket is connected', async () => {
  const { received, udp, datagrams, faults } = await start();
  datagrams.connect();
  udp.send(Buffer.from('a keepalive'));
  await expect.poll(() => received).toEqual(['a keepalive']);
  udp.send(Buffer.from('another'));
  await expect.poll(() => received).toEqual(['a keepalive', 'another']);
  expect(faults).toEqual([]);
});

test('once connected, nobody but the voice server is heard', async () => {
  const { server, udp, datagrams, received } = await start();
  const heard: string[] = [];
  udp.on('message', (datagram: Buffer) => heard.push(datagram.toString()));
  datagrams.connect();
  const asked = once(server, 'message');
  datagrams.send(Buffer.from('where am I?'));
  const [, { port }] = await asked;
  await expect.poll(() => received).toEqual(['where am I?']);
  const stranger = createSocket('udp4');
  onTestFinished(() => close(stranger));
  await new Promise((resolve) => stranger.send('a stranger', port, '127.0.0.1', resolve));
  server.send('the server', port, '127.0.0.1');
  await expect.poll(() => heard).toEqual(['the server']);
});

test('a voice server whose port is closed is an error of the socket, and of nothing else', async () => {
  const { server, udp, datagrams, faults } = await start();
  const errors: string[] = [];
  udp.on('error', (error: NodeJS.ErrnoException) => errors.push(error.code ?? ''));
  datagrams.connect();
  const { port } = server.address();
  const replacement = createSocket('udp4');
  await close(server);
  await expect
    .poll(() => {
      datagrams.send(Buffer.from('lost'));
      return errors;
    })
    .toContain('ECONNREFUSED');
  replacement.bind(port, '127.0.0.1');
  onTestFinished(() => close(replacement));
  await once(replacement, 'listening');
  const arrived = once(replacement, 'message');
  await expect
    .poll(() => {
      datagrams.send(Buffer.from('found'));
      return Promise.race([arrived.then(() => 'arrived'), setImmediate('waiting')]);
    })
    .toBe('arrived');
  expect(faults).toEqual([]);
});

test('a keepalive for a socket that was closed meanwhile is dropped', async () => {
  const { udp, faults } = await start();
  udp.destroy();
  await setImmediate(); // when the library sends it
  udp.send(Buffer.alloc(8));
  expect(faults).toEqual([]);
});

test('a socket that was closed meanwhile is not connected any more', async () => {
  const { udp, datagrams, faults } = await start();
  datagrams.connect();
  udp.destroy();
  datagrams.send(Buffer.from('nowhere'));
  await setImmediate();
  datagrams.send(Buffer.from('nowhere'));
  expect(faults).toEqual([]);
});

test('a port that is none is a fault of the connection, not of the process', async () => {
  const udp = new VoiceUDPSocket({ ip: '127.0.0.1', port: 70_000 });
  onTestFinished(() => udp.destroy());
  const faults: unknown[] = [];
  const datagrams = new Datagrams(udp, (error) => faults.push(error));
  await setImmediate();
  datagrams.connect();
  expect(faults).toMatchObject([{ code: 'ERR_SOCKET_BAD_PORT' }, { code: 'ERR_SOCKET_BAD_PORT' }]);
});
