import { filtersSchema } from '@bandstand/protocol';
import { pitchHz, toneLevelDb } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import {
  type ReadSamples,
  samplesAhead,
  samplesBehind,
  type TimeScale,
  TimeScaler,
  timeScaleOf,
} from './time-scaler.ts';

const SCALES: readonly TimeScale[] = [
  { speed: 1.2, pitch: 1.2 },
  { speed: 0.8, pitch: 0.8 },
  { speed: 1, pitch: 1.25 },
  { speed: 1, pitch: 0.5 },
  { speed: 1.5, pitch: 1 },
  { speed: 0.75, pitch: 1 },
  { speed: 1.3, pitch: 1.1 },
];

function track(sampleAt: (sample: number) => number): ReadSamples {
  return (from, into) => {
    for (let i = 0; i < into.length; i++) into[i] = sampleAt(from + (i >> 1)) * (i % 2 === 0 ? 1 : 0.5);
  };
}

const tone = track((sample) => 0.5 * Math.sin((2 * Math.PI * 440 * sample) / 48_000));

/** The left channel of so many frames; the right one must be half of it. */
function play(scaler: TimeScaler, read: ReadSamples, frames: number): Float64Array {
  const frame = new Float32Array(1_920);
  const left = new Float64Array(frames * 960);
  for (let at = 0; at < left.length; at += 960) {
    scaler.pull(read, frame);
    for (let i = 0; i < 960; i++) left[at + i] = frame[2 * i] ?? 0;
    expect(frame[101]).toBeCloseTo((frame[100] ?? 0) / 2, 2);
  }
  return left;
}

test.each(SCALES)(
  '$speed times as fast, $pitch times as high: the pitch is right to 0.05 %, the level to 0.3 dB',
  (scale) => {
    const scaler = new TimeScaler();
    scaler.begin(scale, 10_000);
    const sound = play(scaler, tone, 60);
    const expectedHz = 440 * scale.pitch;
    const settled = sound.subarray(4_800);
    const measuredHz = pitchHz(settled, 48_000, [expectedHz - 5, expectedHz + 5]);
    expect(Math.abs(measuredHz / expectedHz - 1)).toBeLessThan(0.0005);
    expect(toneLevelDb(settled, measuredHz, 48_000)).toBeCloseTo(-6.02, 0.3);
  },
);

test.each(SCALES)(
  '$speed times as fast, $pitch times as high: what is heard when is where it stands in the track',
  (scale) => {
    // Short swells, one per half second; the middle of each in the sound tells where it was in the track.
    const swells = track((sample) => {
      const distance = (sample - Math.round(sample / 24_000) * 24_000) / 1_500;
      return 0.5 * Math.sin((2 * Math.PI * 440 * sample) / 48_000) * Math.exp(-distance * distance);
    });
    const scaler = new TimeScaler();
    const position = 60_000;
    scaler.begin(scale, position);
    const sound = play(scaler, swells, 250);
    let swellsHeard = 0;
    for (let middle = 72_000; ; middle += 24_000) {
      const expected = (middle - position) / scale.speed;
      const width = 6_000 / scale.speed;
      if (expected + width > sound.length) break;
      let [moment, energy] = [0, 0];
      for (let i = Math.round(expected - width); i < expected + width; i++) {
        moment += i * (sound[i] ?? 0) ** 2;
        energy += (sound[i] ?? 0) ** 2;
      }
      // 3 ms: nobody can tell, and 250 frames have not made it any more.
      expect(Math.abs(moment / energy - expected)).toBeLessThan(144);
      swellsHeard++;
    }
    expect(swellsHeard).toBeGreaterThan(6);
  },
);

test.each(SCALES)(
  '$speed times as fast, $pitch times as high: it reads on without a gap, exactly as far as it says',
  (scale) => {
    const reads: { from: number; end: number }[] = [];
    const scaler = new TimeScaler();
    const position = 96_000;
    scaler.begin(scale, position);
    const frame = new Float32Array(1_920);
    for (let i = 0; i < 100; i++) {
      const end = () => reads.at(-1)?.end ?? 0;
      scaler.pull((from, into) => {
        if (reads.length > 0) expect(from).toBe(end());
        reads.push({ from, end: from + into.length / 2 });
        into.fill(0);
      }, frame);
      const ahead = end() - (position + i * 960 * scale.speed);
      expect(ahead).toBeLessThanOrEqual(samplesAhead(scale));
      expect(ahead).toBeGreaterThan(samplesAhead(scale) - 10);
    }
    const behind = position - (reads[0]?.from ?? 0);
    expect(behind).toBeLessThanOrEqual(samplesBehind(scale));
    expect(behind).toBeGreaterThan(samplesBehind(scale) - 10);
  },
);

test('a tape keeps what fits into the sound, and folds nothing back', () => {
  const scaler = new TimeScaler();
  const levelOf = (frequencyHz: number, heardHz: number) => {
    scaler.begin({ speed: 1.5, pitch: 1.5 }, 0);
    const read = track((sample) => Math.sin((2 * Math.PI * frequencyHz * sample) / 48_000));
    return toneLevelDb(play(scaler, read, 50).subarray(960), heardHz, 48_000);
  };
  expect(levelOf(1_000, 1_500)).toBeCloseTo(0, 1);
  expect(levelOf(11_000, 16_500)).toBeCloseTo(0, 0.5);
  // 20 kHz would become 30 kHz, which 48 kHz cannot hold: it would be heard at 18 kHz.
  expect(levelOf(20_000, 18_000)).toBeLessThan(-70);
});

test('at speed and pitch 1 every sample comes out as it is', () => {
  const scaler = new TimeScaler();
  scaler.begin({ speed: 1, pitch: 1 }, 4_321);
  const sound = play(scaler, tone, 3);
  for (let i = 0; i < sound.length; i++) {
    expect(sound[i]).toBe(Math.fround(0.5 * Math.sin((2 * Math.PI * 440 * (4_321 + i)) / 48_000)));
  }
});

test('one scaler serves again and again: each beginning is the same as with a new one', () => {
  const scale = { speed: 1.5, pitch: 1 };
  const used = new TimeScaler();
  used.begin({ speed: 0.8, pitch: 1.2 }, 0);
  play(used, tone, 10);
  used.begin(scale, 48_000);
  const fresh = new TimeScaler();
  fresh.begin(scale, 48_000);
  expect(play(used, tone, 10)).toEqual(play(fresh, tone, 10));
});

test('the extremes that the protocol allows work, the loudness stays', () => {
  for (const scale of [
    { speed: 4, pitch: 0.25 },
    { speed: 0.25, pitch: 4 },
    { speed: 4, pitch: 4 },
    { speed: 0.25, pitch: 0.25 },
  ]) {
    const scaler = new TimeScaler();
    scaler.begin(scale, 0);
    const sound = play(scaler, tone, 40).subarray(9_600);
    const power = sound.reduce((sum, sample) => sum + sample ** 2, 0) / sound.length;
    expect(Math.abs(10 * Math.log10(power / 0.125)), `${scale.speed}, ${scale.pitch}`).toBeLessThan(6);
  }
});

test('rate counts for speed and pitch', () => {
  const { timescale } = filtersSchema.parse({ timescale: { speed: 1.5, pitch: 0.5, rate: 2 } });
  expect(timescale && timeScaleOf(timescale)).toEqual({ speed: 3, pitch: 1 });
});
