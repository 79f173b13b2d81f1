import { rmsDb, steepestStep } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { CHANNELS, FRAME_MS, FRAME_SAMPLES, FRAMES_PER_SECOND, SAMPLE_RATE_HZ } from '../frame.ts';
import { MixStage } from './mix-stage.ts';
import { MixTimeline } from './mix-timeline.ts';
import type { Mixable, Signal } from './signal.ts';

const SAMPLES = FRAME_SAMPLES * CHANNELS;
const AMPLITUDE = 0.25;

/** A signal that is a function of time. */
class Heard implements Mixable, Signal {
  readonly sampleAt: (index: number) => number;
  readonly asked: number[] = [];
  readonly invalidated: number[] = [];
  /** Frames that are there. */
  end = Number.POSITIVE_INFINITY;

  constructor(sampleAt: (index: number) => number) {
    this.sampleAt = sampleAt;
  }

  tap(): Signal {
    return this;
  }

  canProcess(frameIndex: number): boolean {
    return frameIndex < this.end;
  }

  process(frameIndex: number, into: Float32Array): void {
    this.asked.push(frameIndex);
    for (let i = 0; i < SAMPLES; i++) {
      into[i] = this.sampleAt(frameIndex * FRAME_SAMPLES + Math.floor(i / CHANNELS));
    }
  }

  invalidate(frameIndex: number): void {
    this.invalidated.push(frameIndex);
  }
}

function tone(hz: number): Heard {
  return new Heard((index) => AMPLITUDE * Math.sin((2 * Math.PI * hz * index) / SAMPLE_RATE_HZ));
}

/** White noise, the same for the same seed, unrelated to that of another. */
function noise(seed: number): Heard {
  return new Heard((index) => {
    let state = (index + 1) * 2_654_435_761 + seed * 40_503;
    state = Math.imul(state ^ (state >>> 16), 2_246_822_507);
    state = Math.imul(state ^ (state >>> 13), 3_266_489_909);
    return AMPLITUDE * (((state ^ (state >>> 16)) >>> 0) / 2 ** 31 - 1);
  });
}

/** What comes out, left channel. */
function mixed(own: Heard, mixes: MixTimeline<Mixable>, fromFrame: number, frames: number): Float64Array {
  const stage = new MixStage(mixes);
  const samples = new Float32Array(SAMPLES);
  const out = new Float64Array(frames * FRAME_SAMPLES);
  for (let frame = 0; frame < frames; frame++) {
    own.process(fromFrame + frame, samples);
    stage.process(samples, fromFrame + frame);
    let apart = 0;
    for (let i = 0; i < FRAME_SAMPLES; i++) {
      if (samples[2 * i + 1] !== samples[2 * i]) apart++;
      out[frame * FRAME_SAMPLES + i] = samples[2 * i] ?? 0;
    }
    expect(apart).toBe(0); // both channels are treated alike
  }
  return out;
}

function* windows(samples: Float64Array, ms: number): Generator<Float64Array> {
  const length = (SAMPLE_RATE_HZ * ms) / 1_000;
  for (let at = 0; at + length <= samples.length; at += length) yield samples.subarray(at, at + length);
}

const SILENCE = new Heard(() => 0);

test.each([1, 3, 12])(
  'a crossfade of %i s of unrelated signals stays equally loud all the way',
  (seconds) => {
    const mixes = new MixTimeline<Mixable>();
    const frames = seconds * FRAMES_PER_SECOND;
    const incoming = noise(2);
    mixes.change(50, {
      own: { to: 0, frames },
      other: { signal: incoming, frame: 0, level: { to: 1, frames } },
    });
    const out = mixed(noise(1), mixes, 0, frames + 100);
    const levels = [...windows(out, 100)].map(rmsDb);
    expect(Math.max(...levels) - Math.min(...levels)).toBeLessThan(1);
    expect(incoming.asked).toEqual(Array.from({ length: frames + 50 }, (_, index) => index));
  },
);

test('one sample is enough to tell the two sides of a crossfade: it begins with the one and ends with the other', () => {
  const mixes = new MixTimeline<Mixable>();
  mixes.change(0, {
    own: { to: 0, frames: 50 },
    other: { signal: tone(1_000), frame: 0, level: { to: 1, frames: 50 } },
  });
  const out = mixed(SILENCE, mixes, 0, 60);
  const levels = [...windows(out, FRAME_MS)].map(rmsDb);
  expect(levels[25]).toBeCloseTo(rmsDb(Float64Array.of(AMPLITUDE / Math.SQRT2)) - 3.01, 0); // half the power in the middle
  expect(levels[55]).toBeCloseTo(rmsDb(Float64Array.of(AMPLITUDE / Math.SQRT2)), 2);
});

test('music under a layer is ducked by what was asked, within the attack, and comes back within the release', () => {
  const mixes = new MixTimeline<Mixable>();
  const bed = tone(500);
  const duck = 10 ** (-12 / 20);
  const under = (frame: number) => ({ signal: bed, frame });
  mixes.change(-1, { own: { to: 1, frames: 1 }, other: { ...under(99), level: { to: 1, frames: 1 } } });
  mixes.change(0, { own: { to: 1, frames: 1 }, other: { ...under(100), level: { to: duck, frames: 5 } } });
  mixes.change(100, { own: { to: 1, frames: 1 }, other: { ...under(200), level: { to: 1, frames: 25 } } });
  const out = mixed(SILENCE, mixes, 0, 150);
  const full = rmsDb(Float64Array.of(AMPLITUDE / Math.SQRT2));
  const levels = [...windows(out, FRAME_MS)].map((window) => rmsDb(window) - full);
  for (const level of levels.slice(5, 100)) expect(level).toBeCloseTo(-12, 1);
  expect(levels[102]).toBeLessThan(-6);
  expect(levels[112]).toBeGreaterThan(-6);
  expect(levels[122]).toBeLessThan(-0.01);
  for (const level of levels.slice(125)) expect(level).toBeCloseTo(0, 2);
  expect(bed.asked).toEqual(Array.from({ length: 150 }, (_, index) => 100 + index));
});

test('no change of mind makes a step: the signal never moves faster than its parts do', () => {
  const mixes = new MixTimeline<Mixable>();
  const hz = 440;
  const [first, second] = [tone(hz), tone(hz)];
  mixes.change(10, {
    own: { to: 0, frames: 50 },
    other: { signal: first, frame: 0, level: { to: 1, frames: 50 } },
  });
  mixes.change(30, { own: { to: 1, frames: 1 } }); // what follows was taken out of the queue
  mixes.change(40, {
    own: { to: 0.5, frames: 5 },
    other: { signal: first, frame: 0, level: { to: 1, frames: 2 } },
  });
  mixes.change(45, {
    own: { to: 0.5, frames: 5 },
    other: { signal: second, frame: 7, level: { to: 1, frames: 1 } },
  });
  mixes.change(50, {
    own: { to: 0, frames: 3 },
    other: { signal: second, frame: 90, level: { to: 0.2, frames: 4 } },
  }); // a jump
  mixes.change(60, { own: { to: 1, frames: 3 } });
  const out = mixed(tone(hz), mixes, 0, 80);
  const slope = (2 * Math.PI * hz) / SAMPLE_RATE_HZ;
  expect(Math.max(...out)).toBeGreaterThan(AMPLITUDE * 1.2);
  expect(steepestStep(out)).toBeLessThan(2 * AMPLITUDE * slope * 1.1);
});

test('a mix that was revoked leaves what was planned before it', () => {
  const mixes = new MixTimeline<Mixable>();
  mixes.change(10, { own: { to: 0.5, frames: 1 } });
  mixes.change(20, { own: { to: 0, frames: 1 } });
  mixes.revoke(15);
  expect(mixes.at(30)?.own).toEqual({ from: 1, to: 0.5, frames: 1 });
  mixes.change(5, { own: { to: 1, frames: 1 } });
  expect(mixes.at(30)?.own.to).toBe(1);
});

test('what comes too late begins later, with what is mixed in where it would have been; what is planned beyond stays', () => {
  const mixes = new MixTimeline<Mixable>();
  const other = tone(500);
  mixes.change(10, {
    own: { to: 0.5, frames: 5 },
    other: { signal: other, frame: 3, level: { to: 1, frames: 5 } },
  });
  mixes.change(40, { own: { to: 1, frames: 5 } });
  mixes.postpone(8, 16);
  expect(mixes.at(15)).toBeUndefined();
  expect(mixes.at(16)).toMatchObject({
    fromFrame: 16,
    own: { from: 1, to: 0.5 },
    other: { frame: 9, ramp: { from: 0 } },
  });
  expect(mixes.at(40)).toMatchObject({ fromFrame: 40, own: { from: 0.5, to: 1 }, leaving: { frame: 33 } });
  mixes.postpone(30, 39);
  expect(mixes.at(40)?.fromFrame).toBe(40);
});

test('a frame is neutral when nothing is heard but the playback itself, as it is', () => {
  const mixes = new MixTimeline<Mixable>();
  const stage = new MixStage(mixes);
  mixes.change(10, {
    own: { to: 0, frames: 5 },
    other: { signal: tone(500), frame: 0, level: { to: 1, frames: 5 } },
  });
  mixes.change(20, { own: { to: 1, frames: 5 } });
  const neutral = Array.from({ length: 40 }, (_, index) => stage.isNeutralAt(index));
  expect(neutral.indexOf(false)).toBe(10);
  expect(neutral.lastIndexOf(false)).toBe(24);
  expect(neutral.slice(10, 25)).not.toContain(true);
});

test('a frame waits for what is mixed in, and for nothing that is not heard', () => {
  const mixes = new MixTimeline<Mixable>();
  const stage = new MixStage(mixes);
  const late = tone(500);
  late.end = 3;
  mixes.change(10, {
    own: { to: 0, frames: 5 },
    other: { signal: late, frame: 0, level: { to: 1, frames: 5 } },
  });
  expect([9, 10, 12, 13].map((index) => stage.canProcess(index))).toEqual([true, true, true, false]);
  mixes.change(13, { own: { to: 1, frames: 5 } });
  expect(stage.canProcess(13)).toBe(true);
});

test('what is void of a mix is void of what is mixed in', () => {
  const mixes = new MixTimeline<Mixable>();
  const stage = new MixStage(mixes);
  const other = tone(500);
  mixes.change(10, {
    own: { to: 0, frames: 5 },
    other: { signal: other, frame: 4, level: { to: 1, frames: 5 } },
  });
  stage.invalidate(9);
  stage.invalidate(12);
  expect(other.invalidated).toEqual([6]);
});

test('forgetting what was heard changes nothing of what is to come', () => {
  const mixes = new MixTimeline<Mixable>();
  mixes.change(10, { own: { to: 0.5, frames: 2 } });
  mixes.change(20, { own: { to: 0.25, frames: 2 } });
  mixes.forget(15);
  expect(mixes.at(15)?.own.to).toBe(0.5);
  mixes.forget(25);
  expect(mixes.at(25)?.own).toEqual({ from: 0.5, to: 0.25, frames: 2 });
  expect(mixes.at(12)).toBeUndefined();
});

test('a gain that makes no sense is a bug', () => {
  const mixes = new MixTimeline<Mixable>();
  expect(() => mixes.change(0, { own: { to: -1, frames: 1 } })).toThrow(RangeError);
  expect(() => mixes.change(0, { own: { to: 1, frames: 0 } })).toThrow(RangeError);
});
