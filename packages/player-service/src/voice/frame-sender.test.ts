import { ManualClock } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { NumberedSource, RecordingSink } from './fixtures/frames.ts';
import { FrameClock } from './frame-clock.ts';
import { FrameSender } from './frame-sender.ts';

function start() {
  const clock = new ManualClock();
  const frameClock = new FrameClock(clock);
  const faults: unknown[] = [];
  const sender = new FrameSender(frameClock, (error) => faults.push(error));
  const sink = new RecordingSink();
  /** Lets so many frames fall due. */
  const pass = (frames: number) => {
    clock.advance(frames * 20);
    return sink.take();
  };
  return { clock, frameClock, sender, sink, faults, pass };
}

const numbers = (from: number, to: number) =>
  Array.from({ length: to - from + 1 }, (_, index) => from + index);
const silence = (frames: number) => Array<string>(frames).fill('silence');

/** The promise of the counts: nothing is lost track of. */
const expectBalanced = ({ counts }: FrameSender) => {
  expect(counts.due).toBe(counts.sent + counts.missing + counts.silence);
};

test('speaking is announced before the first frame, and frames leave one by one', () => {
  const { sender, sink, pass } = start();
  sender.attach(sink);
  sender.play(new NumberedSource());
  expect(pass(3)).toEqual(['speaking', 0, 1, 2]);
});

test('nothing is taken from the source while there is no sink', () => {
  const { sender, sink, pass } = start();
  const source = new NumberedSource();
  sender.play(source);
  pass(50);
  expect(source.taken).toBe(0);
  sender.attach(sink);
  expect(pass(2)).toEqual(['speaking', 0, 1]);
});

test('a pause sends five frames of silence, takes nothing, and goes on with the very next frame', () => {
  const { sender, sink, pass, clock } = start();
  const source = new NumberedSource();
  sender.attach(sink);
  sender.play(source);
  pass(10);
  expect(sender.pause()).toBe(true);
  expect(sender.pause()).toBe(false);
  expect(pass(100)).toEqual([...silence(5), 'quiet']);
  expect(clock.pending).toBe(0);
  expect(source.taken).toBe(10);
  expect(sender.unpause()).toBe(true);
  expect(pass(2)).toEqual(['speaking', 'skip 95', 10, 11]);
  expect(sender.counts).toMatchObject({ due: 17, sent: 12, silence: 5, missing: 0 });
  expectBalanced(sender);
});

test('a pause shorter than its silence needs no catching up', () => {
  const { sender, sink, pass } = start();
  sender.attach(sink);
  sender.play(new NumberedSource());
  pass(2);
  sender.pause();
  expect(pass(2)).toEqual(silence(2));
  sender.unpause();
  expect(pass(2)).toEqual(['speaking', 2, 3]);
});

test('the end is followed by five frames of silence, once', () => {
  const { sender, sink, pass, clock } = start();
  sender.attach(sink);
  sender.play(new NumberedSource({ length: 3 }));
  expect(pass(100)).toEqual(['speaking', 0, 1, 2, ...silence(5), 'quiet']);
  expect(clock.pending).toBe(0);
  expectBalanced(sender);
});

test('a track that is put in while the last frame of another leaves follows without a gap', () => {
  const { sender, sink, pass } = start();
  sender.attach(sink);
  const first = new NumberedSource({ length: 3 });
  sender.play(first);
  pass(3);
  expect(first.status).toBe('ended');
  sender.play(new NumberedSource({ length: 2 }));
  expect(pass(3)).toEqual(['speaking', 0, 1, 'silence']);
  expect(sender.counts).toMatchObject({ missing: 0, sent: 5 });
});

test('a source that falls behind is covered with silence first, and counted frame by frame', () => {
  const { sender, sink, pass } = start();
  const source = new NumberedSource({ available: 4 });
  sender.attach(sink);
  sender.play(source);
  expect(pass(20)).toEqual(['speaking', ...numbers(0, 3), ...silence(5), 'quiet']);
  expect(sender.counts).toMatchObject({ due: 20, sent: 4, missing: 16, silence: 0 });
  source.supply(1);
  expect(pass(1)).toEqual(['skip 11', 4]);
  expectBalanced(sender);
});

test('a failed source gives what it has buffered before it is over', () => {
  const { sender, sink, pass } = start();
  const source = new NumberedSource({ available: 4 });
  sender.attach(sink);
  sender.play(source);
  pass(2);
  source.isBroken = true;
  expect(pass(20)).toEqual([2, 3, ...silence(5), 'quiet']);
  expect(sender.counts.missing).toBe(0);
});

test('a stalled thread skips what it cannot catch up, counts it missing, and moves the timestamp on', () => {
  const { sender, sink, clock } = start();
  const source = new NumberedSource();
  sender.attach(sink);
  sender.play(source);
  clock.advance(100);
  sink.take();
  clock.oversleep(1_000);
  expect(sink.take()).toEqual(['skip 45', ...numbers(5, 9)]);
  expect(sender.counts).toMatchObject({ due: 55, sent: 10, missing: 45 });
  expect(sender.counts.late).toBe(4);
  expectBalanced(sender);
});

test('a sink that is taken away stops everything at once, without silence', () => {
  const { sender, sink, pass, clock } = start();
  const source = new NumberedSource();
  sender.attach(sink);
  sender.play(source);
  pass(5);
  sender.attach(undefined);
  expect(pass(50)).toEqual([]);
  expect(clock.pending).toBe(0);
  sender.attach(new RecordingSink());
  clock.advance(20);
  expect(source.taken).toBe(6);
  expect(sender.counts).toMatchObject({ due: 6, sent: 6 });
});

test('a frame that the sink could not send is missing, not sent', () => {
  const { sender, sink, pass } = start();
  sink.send = () => false;
  sender.attach(sink);
  sender.play(new NumberedSource());
  pass(3);
  expect(sender.counts).toMatchObject({ due: 3, sent: 0, missing: 3 });
});

test('stopping is followed by silence', () => {
  const { sender, sink, pass } = start();
  sender.attach(sink);
  sender.play(new NumberedSource());
  pass(1);
  sender.stop();
  expect(pass(10)).toEqual([...silence(5), 'quiet']);
});

test('a source that throws is reported and takes the clock from nobody', () => {
  const { sender, sink, pass, faults, frameClock } = start();
  sender.attach(sink);
  sender.play({
    status: 'flowing',
    next: () => {
      throw new Error('bug in a decoder');
    },
  });
  pass(5);
  expect(faults).toMatchObject([{ message: 'bug in a decoder' }]);
  expect(frameClock.size).toBe(0);
});

test('held back it takes nothing, like a pause, and a person who unpauses does not let it go', () => {
  const { sender, sink, pass } = start();
  const source = new NumberedSource();
  sender.attach(sink);
  sender.play(source);
  pass(10);
  sender.hold(true);
  sender.pause();
  sender.unpause();
  expect(pass(50)).toEqual([...silence(5), 'quiet']);
  expect(source.taken).toBe(10);
  expect(sender.pulse.isDue).toBe(false);
  sender.hold(false);
  expect(pass(2)).toEqual(['speaking', 'skip 45', 10, 11]);
  expectBalanced(sender);
});

test('the pulse says that a frame is due only while the source has it ready and the way is open', () => {
  const { sender, sink, pass } = start();
  const source = new NumberedSource({ available: 4 });
  const isDue = () => sender.pulse.isDue;
  expect(isDue()).toBe(false);
  sender.play(source);
  expect(isDue()).toBe(false);
  sender.attach(sink);
  expect(isDue()).toBe(true);
  pass(4);
  expect(isDue()).toBe(false);
  source.supply(1);
  expect(isDue()).toBe(true);
  sender.pause();
  expect(isDue()).toBe(false);
});

test('set going again after its clock stood still, it goes on with the next frame and counts what was not sent', () => {
  const clock = new ManualClock();
  let isLost = false;
  const frameClock = new FrameClock({
    monotonicMs: () => clock.monotonicMs(),
    schedule: (delayMs, task) => clock.schedule(delayMs, () => (isLost ? undefined : task())),
  });
  const sender = new FrameSender(frameClock, () => undefined);
  const source = new NumberedSource();
  sender.attach(new RecordingSink());
  sender.play(source);
  clock.advance(100);
  isLost = true;
  clock.advance(1_000);
  const { taken } = source;
  isLost = false;
  sender.restart();
  expect(frameClock.size).toBe(1);
  clock.advance(200);
  expect(source.taken - taken).toBeGreaterThanOrEqual(9);
  expect(sender.counts.missing).toBeGreaterThanOrEqual(45);
  expect(sender.counts.sent).toBe(source.taken);
  expectBalanced(sender);
});
