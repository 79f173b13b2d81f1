import { ManualClock } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { MAX_UNANSWERED, UdpProbe } from './udp-probe.ts';

/** A voice server that answers a moment later while `answers` says so. */
function start(answers = false) {
  const clock = new ManualClock();
  const path = { answers, asked: 0, silent: 0 };
  const underWay: (() => void)[] = [];
  const probe: UdpProbe = new UdpProbe({
    clock,
    ask: () => {
      path.asked++;
      if (path.answers) underWay.push(() => probe.answered());
    },
    onSilent: () => path.silent++,
  });
  /** Time in which answers arrive. */
  const pass = (ms: number) => {
    for (let elapsed = 0; elapsed < ms; elapsed += 100) {
      for (const answer of underWay.splice(0)) answer();
      clock.advance(100);
    }
  };
  return { clock, path, probe, pass };
}

test('a path that answers is asked every two seconds, for ever', () => {
  const { path, pass } = start(true);
  pass(60_000);
  expect(path).toMatchObject({ asked: 31, silent: 0 });
});

test('a path that falls silent is noticed within five seconds, and told once', () => {
  const { path, pass, clock } = start(true);
  pass(4_100);
  path.answers = false;
  pass(5_000);
  expect(path.silent).toBe(1);
  pass(60_000);
  expect(path.silent).toBe(1);
  expect(clock.pending).toBe(0);
});

test('an answer that comes late is an answer', () => {
  const { path, probe, pass } = start();
  probe.answered();
  for (let round = 0; round < 20; round++) {
    pass(2_900);
    probe.answered();
  }
  expect(path.silent).toBe(0);
});

test('a voice server that never answered at all is not believed to be silent, and is left in peace', () => {
  const { path, pass, clock } = start();
  pass(60_000);
  expect(path).toMatchObject({ asked: MAX_UNANSWERED, silent: 0 });
  expect(clock.pending).toBe(0);
});

test('a process that stood still for a minute does not mistake that for silence', () => {
  const { path, probe, clock } = start();
  probe.answered();
  clock.advance(2_000);
  for (let round = 0; round < 10; round++) {
    clock.oversleep(60_000);
    probe.answered();
  }
  expect(path.silent).toBe(0);
});

test('a closed probe asks no more', () => {
  const { path, probe, pass } = start();
  probe.close();
  pass(10_000);
  expect(path.asked).toBe(1);
});
