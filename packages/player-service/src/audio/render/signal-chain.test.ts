import { pitchHz } from '@bandstand/test-support';
import { describe, expect, test } from 'vitest';
import { Leveller } from '../filters/leveller.ts';
import { FRAME_SAMPLES, INTERLEAVED_SAMPLES, SILENCE_FRAME } from '../frame.ts';
import { PLAIN_SOUND, type SoundSettings } from '../sound.ts';
import type { Unit } from '../units/unit.ts';
import { UnitWindow } from '../units/unit-window.ts';
import { SignalChain } from './signal-chain.ts';
import { SoundTimeline } from './sound-timeline.ts';
import type { Mixer } from './stage.ts';

const loud = (volumePercent: number): SoundSettings => ({ ...PLAIN_SOUND, volumePercent });
/** Sample n of the track, the same on both sides. */
const sineAt = (n: number) => Math.round(8_000 * Math.sin((2 * Math.PI * 500 * n) / 48_000)) / 32_768 + 0;

function sineUnit(index: number): Unit {
  const samples = Int16Array.from({ length: INTERLEAVED_SAMPLES }, (_, i) =>
    Math.round(sineAt(index * FRAME_SAMPLES + (i >> 1)) * 32_768),
  );
  return { kind: 'pcm', pcm: Buffer.from(samples.buffer) };
}

function silentUnit(): Unit {
  return { kind: 'pcm', pcm: Buffer.alloc(INTERLEAVED_SAMPLES * 2) };
}

const packetUnit: Unit = { kind: 'opus', packet: SILENCE_FRAME };

function chainOf(units: readonly Unit[], sourceGainDb = 0) {
  const window = new UnitWindow();
  window.push(units);
  const sounds = new SoundTimeline(PLAIN_SOUND);
  const leveller = new Leveller({ targetLufs: -16 });
  const chain = new SignalChain({ units: window, sounds, sourceGainDb, leveller: () => leveller });
  const change = (fromFrame: number, sound: SoundSettings) => {
    sounds.change(fromFrame, sound);
    chain.invalidate(fromFrame);
  };
  const left = (...indexes: number[]) => {
    const heard: number[] = [];
    const frame = new Float32Array(INTERLEAVED_SAMPLES);
    for (const index of indexes) {
      chain.process(index, frame);
      for (let i = 0; i < frame.length; i += 2) heard.push(frame[i] ?? 0);
    }
    return heard;
  };
  return { window, sounds, chain, change, left };
}

const sines = (count: number) => Array.from({ length: count }, (_, index) => sineUnit(index));
const range = (from: number, to: number) => Array.from({ length: to - from }, (_, i) => from + i);
const samplesOf = (from: number, to: number, gain = 1) =>
  range(from * FRAME_SAMPLES, to * FRAME_SAMPLES).map((n) => Math.fround(sineAt(n) * gain));

describe('the samples of a frame', () => {
  test('are those of the track while nothing changes it', () => {
    const { left } = chainOf(sines(5));
    expect(left(1, 2, 3)).toEqual(samplesOf(1, 4));
  });

  test.each([50, 150, 500])('are the same in whatever order they are asked for, at %i %%', (volume) => {
    const { left, change } = chainOf(sines(12));
    change(5, loud(volume));
    const inOrder = left(...range(0, 12));
    for (const index of [9, 5, 6, 0, 11, 4]) {
      left(index).forEach((sample, n) => {
        expect(sample).toBeCloseTo(inOrder[index * FRAME_SAMPLES + n] ?? Number.NaN, 5);
      });
    }
  });

  test('are silence before the track, and after it once that is known', () => {
    const { left, window, chain } = chainOf(sines(2));
    expect(chain.canProcess(2)).toBe(false);
    window.finish();
    expect(chain.canProcess(2)).toBe(true);
    expect([...left(-1), ...left(2)].every((sample) => sample === 0)).toBe(true);
    expect([chain.isInside(1), chain.isInside(2)]).toEqual([true, false]);
  });

  test('have the gain that the author of the media asks for', () => {
    const { left } = chainOf(sines(2), -20 * Math.log10(2));
    left(0).forEach((sample, n) => {
      expect(sample).toBeCloseTo(sineAt(n) / 2, 6);
    });
  });
});

describe('a change of sound', () => {
  test('leads over within its first frame, without a step', () => {
    const { left, change } = chainOf(sines(6));
    change(3, loud(25));
    const heard = left(...range(0, 6));
    expect(heard.slice(0, 3 * FRAME_SAMPLES)).toEqual(samplesOf(0, 3));
    expect(heard.slice(4 * FRAME_SAMPLES)).toEqual(samplesOf(4, 6, 0.25));
    const steps = heard.slice(1).map((sample, i) => Math.abs(sample - (heard[i] ?? 0)));
    const own = samplesOf(0, 3);
    const ownSteps = own.slice(1).map((sample, i) => Math.abs(sample - (own[i] ?? 0)));
    expect(Math.max(...steps)).toBeLessThanOrEqual(Math.max(...ownSteps));
  });

  test('may come after its frames were made', () => {
    const { left, change } = chainOf(sines(6));
    left(...range(0, 6));
    change(2, loud(0));
    expect(left(3, 4).every((sample) => sample === 0)).toBe(true);
  });
});

describe('what is made louder', () => {
  const CEILING = 10 ** (-1 / 20);
  const highest = (samples: readonly number[]) => Math.max(...samples.map(Math.abs));
  const steepest = (samples: readonly number[]) =>
    Math.max(...samples.slice(1).map((sample, i) => Math.abs(sample - (samples[i] ?? 0))));

  test('is limited below full scale, led there and back without a step', () => {
    const { left, change } = chainOf(sines(40));
    change(10, loud(1_000));
    change(25, PLAIN_SOUND);
    const heard = left(...range(0, 40));
    expect(heard.slice(0, 10 * FRAME_SAMPLES)).toEqual(samplesOf(0, 10));
    expect(heard.slice(27 * FRAME_SAMPLES)).toEqual(samplesOf(27, 40));
    expect(highest(heard)).toBeLessThanOrEqual(CEILING + 1e-6);
    expect(highest(heard.slice(12 * FRAME_SAMPLES, 24 * FRAME_SAMPLES))).toBeGreaterThan(CEILING * 0.98);
    // A sine as loud as the ceiling has this as its steepest step; on the way to it the gain moves as well.
    expect(steepest(heard)).toBeLessThan(CEILING * 2 * Math.sin((Math.PI * 500) / 48_000) * 1.1);
  });

  test('but stays below the ceiling is as loud as it was asked to be', () => {
    const { left, change } = chainOf(sines(8));
    change(2, loud(300));
    left(4, 5).forEach((sample, n) => {
      expect(sample).toBeCloseTo(3 * sineAt(4 * FRAME_SAMPLES + n), 5);
    });
  });

  test('is limited too where something is mixed in', () => {
    const { chain, left } = chainOf(sines(12));
    chain.attach(constant(0.9, 2, 9));
    expect(highest(left(...range(0, 12)))).toBeLessThanOrEqual(CEILING + 1e-6);
  });
});

describe('another speed', () => {
  const scaled = (speed: number, pitch: number, volumePercent = 100): SoundSettings => ({
    ...loud(volumePercent),
    filters: { timescale: { speed, pitch, rate: 1 } },
  });
  const steepest = (samples: readonly number[]) =>
    Math.max(...samples.slice(1).map((sample, i) => Math.abs(sample - (samples[i] ?? 0))));
  const OWN_STEEPEST = steepest(samplesOf(0, 3));

  test.each([
    ['as a tape', 1.5, 1.5, 750],
    ['with its pitch kept', 1.5, 1, 500],
    ['slower, and higher', 0.5, 1.2, 600],
  ])('%s has the pitch it should', (_title, speed, pitch, expectedHz) => {
    const { left, change } = chainOf(sines(200));
    change(0, scaled(speed, pitch));
    const heard = Float64Array.from(left(...range(20, 120)));
    expect(Math.abs(pitchHz(heard, 48_000, [400, 800]) - expectedHz)).toBeLessThan(expectedHz * 0.01); // a sixth of a semitone
  });

  test('passes as much of the track as the timeline says', () => {
    const units = sines(300).map((unit, index) => (index < 150 ? unit : silentUnit()));
    const { left, change, sounds } = chainOf(units);
    change(10, scaled(2, 1));
    expect(sounds.lengthOf(150)).toBe(80);
    const heard = left(...range(0, 100));
    const end = heard.findLastIndex((sample) => Math.abs(sample) > 0.02) / FRAME_SAMPLES;
    expect(Math.abs(end - 80)).toBeLessThan(1);
  });

  test('is led to and back without a step, and ends in the units of the track', () => {
    const { left, change, sounds } = chainOf(sines(200));
    change(20, scaled(1.3, 0.9));
    change(60, PLAIN_SOUND);
    const heard = left(...range(0, 90));
    expect(steepest(heard)).toBeLessThan(OWN_STEEPEST * 1.3);
    const place = sounds.placeOf(62);
    expect(place).toBe(74);
    expect(heard.slice(62 * FRAME_SAMPLES)).toEqual(samplesOf(place, place + 28));
  });

  test('goes on where it was when the volume changes under it', () => {
    const { left, change } = chainOf(sines(200));
    change(0, scaled(1.25, 1));
    const before = left(...range(0, 60));
    change(40, scaled(1.25, 1, 80));
    const after = left(...range(38, 60));
    expect(after.slice(0, 2 * FRAME_SAMPLES)).toEqual(before.slice(38 * FRAME_SAMPLES, 40 * FRAME_SAMPLES));
    expect(steepest(after)).toBeLessThanOrEqual(steepest(before) * 1.01);
  });

  test('waits for all of the track that a frame needs', () => {
    const { chain, change, window } = chainOf(sines(40));
    change(0, scaled(2, 1));
    const last = range(0, 40).findLast((index) => chain.canProcess(index)) ?? 0;
    expect(last).toBeLessThan(20);
    expect([chain.lastUnitOf(last) < 40, chain.lastUnitOf(last + 1) < 40]).toEqual([true, false]);
    window.finish();
    expect(chain.canProcess(19)).toBe(true);
  });
});

describe('packets of the source', () => {
  test('pass untouched but where the sound is another one, the frames that lead back included', () => {
    const { chain, change } = chainOf(Array(20).fill(packetUnit));
    change(5, loud(50));
    change(10, PLAIN_SOUND);
    expect(range(0, 20).filter((index) => !chain.isUntouched(index))).toEqual([5, 6, 7, 8, 9, 10, 11, 12]);
    expect(chain.untouchedPacket(0)).toBe(SILENCE_FRAME);
  });

  test('do not pass untouched where their author wants another gain, nor while something is mixed in', () => {
    expect(chainOf([packetUnit], 3).chain.isUntouched(0)).toBe(false);
    const { chain } = chainOf(Array(8).fill(packetUnit));
    chain.attach(constant(0.5, 2, 4));
    expect(range(0, 8).filter((index) => !chain.isUntouched(index))).toEqual([2, 3, 4, 5]);
  });
});

test('what is mixed in is heard where it is not neutral, and told of each jump', () => {
  const { chain, left } = chainOf(sines(6));
  const mixer = constant(0.5, 2, 4);
  chain.attach(mixer);
  const heard = left(...range(0, 6));
  const own = samplesOf(0, 6);
  expect(heard[1_919]).toBe(own[1_919]);
  expect(heard[1_920]).toBeCloseTo((own[1_920] ?? 0) + 0.5, 6);
  expect(heard[3_840]).toBeCloseTo(own[3_840] ?? 1, 6);
  const { resets } = mixer;
  left(3);
  expect(mixer.resets).toBeGreaterThan(resets);
});

test('of the track only what may be asked for again is kept', () => {
  const { chain, window, left } = chainOf(sines(100));
  left(...range(0, 80));
  chain.forget(80);
  expect(window.at(80 - chain.historyFrames)).toBeDefined();
  expect(window.at(40)).toBeUndefined();
});

/** Adds a constant to the frames from `from` up to `to`. */
function constant(value: number, from: number, to: number): Mixer & { resets: number } {
  return {
    resets: 0,
    isNeutralAt: (index) => index < from || index >= to,
    process: (samples) => {
      for (let i = 0; i < samples.length; i++) samples[i] = (samples[i] ?? 0) + value;
    },
    reset() {
      this.resets++;
    },
    canProcess: () => true,
    invalidate: () => {},
  };
}
