import { ManualClock } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { NumberedSource, RecordingSink } from './fixtures/frames.ts';
import { FrameClock } from './frame-clock.ts';
import { FrameOutput } from './frame-output.ts';

/** An output that plays into a sink, and everything it told about. */
function start() {
  const clock = new ManualClock();
  let isStill = false;
  const frameClock = new FrameClock({
    monotonicMs: () => clock.monotonicMs(),
    schedule: (delayMs, task) => clock.schedule(delayMs, () => (isStill ? undefined : task())),
  });
  const log: unknown[] = [];
  const output = new FrameOutput({
    frameClock,
    clock,
    onSourceFault: (error) => log.push(error),
    onFault: (fault) => log.push(fault),
    onRestart: () => log.push('restart'),
  });
  const sink = new RecordingSink();
  const source = new NumberedSource();
  output.attach(sink);
  output.sender.play(source);
  const standStill = (forMs: number) => {
    isStill = true;
    clock.advance(forMs);
    isStill = false;
  };
  return { clock, output, sink, source, log, standStill };
}

test('music that flows is left alone, and so are a pause and the silence behind it', () => {
  const { clock, output, log } = start();
  clock.advance(20_000);
  output.sender.pause();
  clock.advance(20_000);
  output.sender.unpause();
  clock.advance(20_000);
  expect(log).toEqual([]);
});

test('a clock that stood still goes on within five seconds, and not a frame is skipped in the source', () => {
  const { clock, sink, source, log, standStill } = start();
  clock.advance(1_000);
  standStill(500);
  const { taken } = source;
  clock.advance(4_500);
  expect(log).toEqual(['restart']);
  expect(source.taken).toBeGreaterThan(taken);
  expect(sink.packets).toHaveLength(source.taken);
});

test('a sink that takes nothing any more is reported within five seconds', () => {
  const { clock, sink, log } = start();
  clock.advance(1_000);
  sink.isBlocked = true;
  clock.advance(4_000);
  expect(log[0]).toBe('nothingLeaves');
});

test('frames that leave through a sink that would not encrypt them are reported within five seconds', () => {
  const { clock, sink, log } = start();
  clock.advance(1_000);
  sink.isSafe = false;
  clock.advance(3_000);
  expect(log[0]).toBe('unsafeFrames');
});

test('without a sink nothing is watched', () => {
  const { clock, output, log } = start();
  output.attach(undefined);
  expect(clock.pending).toBe(0);
  clock.advance(20_000);
  expect(log).toEqual([]);
});

test('a source that throws is stopped and reported', () => {
  const { clock, output, log } = start();
  const error = new Error('broken');
  output.sender.play({
    status: 'flowing',
    next: () => {
      throw error;
    },
  });
  clock.advance(10_000);
  expect(log).toEqual([error]);
});
