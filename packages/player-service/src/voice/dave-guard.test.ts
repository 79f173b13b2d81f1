import { setImmediate } from 'node:timers/promises';
import { VoiceUDPSocket, VoiceWebSocket } from '@discordjs/voice';
import { expect, onTestFinished, test } from 'vitest';
import { guardDatagrams, guardMessages } from './dave-guard.ts';

function guardedSocket() {
  const socket = new VoiceWebSocket('ws://127.0.0.1:1', false);
  socket.on('error', () => {}); // nobody listens there
  onTestFinished(() => socket.destroy());
  const seen: unknown[] = [];
  guardMessages(socket, { onHandled: () => seen.push('handled'), onFault: (error) => seen.push(error) });
  return { socket, seen };
}

test.each([
  ['a truncated binary message', Buffer.from([0])],
  ['a message that is JSON, but no object', 'null'],
])('%s is a fault of the connection', (_title, data) => {
  const { socket, seen } = guardedSocket();
  socket.onMessage({ data, type: 'message' } as never);
  expect(seen).toEqual([expect.any(Error)]);
});

test('what a listener of the library throws is a fault of the connection', () => {
  const { socket, seen } = guardedSocket();
  socket.on('packet', () => {
    throw new Error('davey');
  });
  socket.onMessage({ data: '{"op":99}', type: 'message' } as never);
  expect(seen).toMatchObject([{ message: 'davey' }]);
});

test('a message that was handled is told after it took effect', () => {
  const { socket, seen } = guardedSocket();
  socket.on('packet', () => seen.push('packet'));
  socket.onMessage({ data: '{"op":99}', type: 'message' } as never);
  expect(seen).toEqual(['packet', 'handled']);
});

test('a keepalive for a socket that was closed meanwhile is dropped', async () => {
  const udp = new VoiceUDPSocket({ ip: '127.0.0.1', port: 9 });
  const faults: unknown[] = [];
  guardDatagrams(udp, (error) => faults.push(error));
  udp.destroy();
  await setImmediate(); // when the library sends it
  udp.send(Buffer.alloc(8));
  expect(faults).toEqual([]);
});

test('a port that is none is a fault of the connection, not of the process', async () => {
  const udp = new VoiceUDPSocket({ ip: '127.0.0.1', port: 70_000 });
  onTestFinished(() => udp.destroy());
  const faults: unknown[] = [];
  guardDatagrams(udp, (error) => faults.push(error));
  await setImmediate();
  expect(faults).toMatchObject([{ code: 'ERR_SOCKET_BAD_PORT' }]);
});
