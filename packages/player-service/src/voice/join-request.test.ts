import { ManualClock } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { JoinRequest } from './join-request.ts';

function start({ delayMs = 0, holdBack = false } = {}) {
  const clock = new ManualClock();
  const seen: string[] = [];
  let send = () => {};
  const request = new JoinRequest({
    clock,
    deadlineMs: 10_000,
    onTimeout: () => seen.push(`timeout at ${clock.monotonicMs()}`),
    ask: {
      delayMs,
      post: (onSent) => {
        seen.push(`asked at ${clock.monotonicMs()}`);
        send = onSent;
        if (!holdBack) onSent();
        return () => seen.push('taken back');
      },
    },
  });
  return { clock, seen, request, send: () => send() };
}

test('the question waits out its back-off, and the deadline begins when it left', () => {
  const { clock, seen, request, send } = start({ delayMs: 500, holdBack: true });
  clock.advance(60_000);
  expect(seen).toEqual(['asked at 500']);
  send();
  clock.advance(10_000);
  expect(seen).toEqual(['asked at 500', 'timeout at 70000']);
  request.close();
});

test('credentials that come in the same turn of the event loop spare the question', async () => {
  const { clock, seen, request } = start();
  request.answer();
  await Promise.resolve();
  expect(seen).toEqual([]);
  clock.advance(10_000);
  expect(seen).toEqual(['timeout at 10000']);
});

test('an answer that comes during the back-off spares the question, too', () => {
  const { clock, seen, request } = start({ delayMs: 500 });
  request.answer();
  clock.advance(5_000);
  expect(seen).toEqual([]);
  request.close();
});

test('a closed request asks nothing and times out never', async () => {
  const { clock, seen, request } = start();
  request.close();
  await Promise.resolve();
  clock.advance(60_000);
  expect(seen).toEqual([]);
  expect(clock.pending).toBe(0);
});
