import { ManualClock } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { RemoteAdapter, type VoiceCredentials } from './remote-adapter.ts';

function start() {
  const clock = new ManualClock();
  const seen: string[] = [];
  const note = ({ channelId, sessionId, token, endpoint }: VoiceCredentials) =>
    seen.push(`${channelId} ${sessionId} ${token} ${endpoint}`);
  const adapter = new RemoteAdapter(clock, note);
  return {
    clock,
    seen,
    adapter,
    state: (channel_id: string | null, session_id = 's') =>
      adapter.onVoiceStateUpdate({ user_id: 'bot', channel_id, session_id }),
    server: (token: string, endpoint: string | null = 'voice.test:443') =>
      adapter.onVoiceServerUpdate({ token, endpoint }),
  };
}

test('state and server make credentials', () => {
  const { adapter, state, server, seen } = start();
  adapter.expectAnswer();
  state('a');
  expect(seen).toEqual([]);
  server('t');
  expect(seen).toEqual(['a s t voice.test:443']);
});

test('a server update that comes before the voice state waits for it', () => {
  const { adapter, state, server, seen, clock } = start();
  adapter.expectAnswer();
  server('t');
  clock.advance(500);
  expect(seen).toEqual([]);
  state('a');
  expect(seen).toEqual(['a s t voice.test:443']);
});

test('a server update without any voice state waits for ever, and is used once', () => {
  const { state, server, seen, clock } = start();
  server('t');
  clock.advance(60_000);
  state('a');
  state('a');
  expect(seen).toEqual(['a s t voice.test:443']);
});

test('an answer without a voice state is used with the one known before', () => {
  const { adapter, state, server, seen, clock } = start();
  state('a');
  adapter.expectAnswer();
  server('t');
  expect(seen).toEqual([]);
  clock.advance(1_000);
  expect(seen).toEqual(['a s t voice.test:443']);
});

test('a session id that changed meanwhile is the one that is used', () => {
  const { adapter, state, server, seen, clock } = start();
  state('a', 'old');
  adapter.expectAnswer();
  server('t');
  clock.advance(200);
  state('a', 'new');
  clock.advance(5_000);
  expect(seen).toEqual(['a new t voice.test:443']);
});

test('a move told in the wrong order ends in the right channel', () => {
  const { state, server, seen, clock } = start();
  state('a');
  server('t1');
  clock.advance(60_000);
  server('t2');
  state('b');
  clock.advance(500);
  expect(seen.slice(1)).toEqual(['a s t2 voice.test:443', 'b s t2 voice.test:443']);
});

test('a move shortly behind a join waits for a server of its own instead of trying the token of the channel before', () => {
  const { state, server, seen, clock } = start();
  state('a');
  server('t1');
  clock.advance(1_000);
  state('b');
  clock.advance(300);
  server('t2');
  clock.advance(60_000);
  expect(seen.slice(1)).toEqual(['b s t2 voice.test:443']);
});

test('a move told in the right order never uses the token of the channel before', () => {
  const { state, server, seen, clock } = start();
  state('a');
  server('t1');
  clock.advance(60_000);
  state('b');
  server('t2');
  expect(seen.slice(1)).toEqual(['b s t2 voice.test:443']);
});

test('a server that was taken away is not used', () => {
  const { state, server, seen } = start();
  server('t1');
  server('t2', null);
  state('a');
  expect(seen).toEqual([]);
  server('t3', 'other.test:443');
  expect(seen).toEqual(['a s t3 other.test:443']);
});

test('leaving the channel forgets everything', () => {
  const { state, server, seen, clock } = start();
  state('a');
  state(null);
  server('t');
  clock.advance(60_000);
  expect(seen).toEqual([]);
});

test.each(['', 'host/path', 'user@host', 'host:443?x', 'host name', 'host:99999', '-', 'wss://host'])(
  'the endpoint %j is refused',
  (endpoint) => {
    const { server } = start();
    expect(() => server('t', endpoint)).toThrow(expect.objectContaining({ code: 'BAD_REQUEST' }));
  },
);
