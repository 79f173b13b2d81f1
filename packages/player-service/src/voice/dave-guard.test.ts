import { VoiceWebSocket } from '@discordjs/voice';
import { expect, onTestFinished, test } from 'vitest';
import { guardMessages } from './dave-guard.ts';

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
