import type { NetworkingReadyState } from '@discordjs/voice';
import { expect, test } from 'vitest';
import { audienceOf, mayTransmit } from './dave-gate.ts';

function state(options: { version?: number; hasGroup?: boolean; clients?: string[] }): NetworkingReadyState {
  const { version = 1, hasGroup = false, clients = [] } = options;
  return {
    dave: { protocolVersion: version, session: { ready: hasGroup } },
    connectionData: { connectedClients: new Set(clients) },
    connectionOptions: { userId: 'bot' },
  } as unknown as NetworkingReadyState;
}

test('with a listener, frames leave once the group exists and not before', () => {
  expect(mayTransmit(state({ clients: ['anna'] }), true)).toBe(false);
  expect(mayTransmit(state({ clients: ['anna'], hasGroup: true }), false)).toBe(true);
});

test('alone, frames leave once it is certain that we are', () => {
  expect(mayTransmit(state({}), false)).toBe(false);
  expect(mayTransmit(state({}), true)).toBe(true);
});

test('a channel without end-to-end encryption needs no group', () => {
  expect(mayTransmit(state({ version: 0, clients: ['anna'] }), false)).toBe(true);
});

test('we are not our own audience', () => {
  expect(audienceOf(state({ clients: ['bot', 'anna'] }))).toBe(1);
  expect(mayTransmit(state({ clients: ['bot'] }), true)).toBe(true);
});
