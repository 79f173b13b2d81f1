import { expect, test } from 'vitest';
import { impulse, noise, responseDb, throughStages } from '../../../test/audio/stage-signals.ts';
import { lowPassStage } from './low-pass.ts';

test.each([1.5, 2.5, 20, 200])(
  'smoothing %d: the response is that of y += (x - y) / smoothing',
  (smoothing) => {
    const { left, right } = throughStages([lowPassStage({ smoothing })], impulse(1, 10));
    expect(right).toEqual(left);
    const share = 1 / smoothing;
    for (const hz of [20, 100, 500, 1_000, 3_000, 10_000, 20_000]) {
      const omega = (2 * Math.PI * hz) / 48_000;
      const power = share ** 2 / (1 - 2 * (1 - share) * Math.cos(omega) + (1 - share) ** 2);
      expect(responseDb(left, hz), `${hz} Hz`).toBeCloseTo(10 * Math.log10(power), 1);
    }
  },
);

test('smoothing up to 1 leaves the sound alone', () => {
  const stage = lowPassStage({ smoothing: 0.5 });
  const input = noise(0.5, 2);
  expect(stage.isNeutralAt(0)).toBe(true);
  expect(throughStages([stage], input).left).toEqual(input.left.map(Math.fround));
});

test('silence ends as silence within 300 ms, long before the numbers run out', () => {
  const { left } = throughStages([lowPassStage({ smoothing: 200 })], impulse(1, 15));
  expect(left.at(-1)).toBe(0);
});
