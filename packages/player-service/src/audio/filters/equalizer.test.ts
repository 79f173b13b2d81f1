import { EQUALIZER_BANDS_HZ } from '@bandstand/protocol';
import { expect, test } from 'vitest';
import { impulse, responseDb, throughStages } from '../../../test/audio/stage-signals.ts';
import { equalizerStage } from './equalizer.ts';

const FREQUENCIES_HZ = Array.from({ length: 60 }, (_, i) => 20 * 2 ** (i / 6)).filter((hz) => hz < 20_000);

/** Coefficients beta and gamma of the bands at 48 kHz, as Lavaplayer has them; alpha = (1 - beta) / 2. */
const LAVAPLAYER: readonly (readonly [number, number])[] = [
  [0.99847546664, 1.9984647656],
  [0.99756184654, 1.9975344645],
  [0.99616261379, 1.9960947369],
  [0.99391578543, 1.9937449618],
  [0.99028307215, 1.9898465702],
  [0.98485897264, 1.9837962543],
  [0.97588512657, 1.9731772447],
  [0.96228521814, 1.9556164694],
  [0.94080933132, 1.9242054384],
  [0.90702059196, 1.8653476166],
  [0.85868004289, 1.7600401337],
  [0.78409610788, 1.5450725522],
  [0.68332861002, 1.1426447155],
  [0.55267518228, 0.40186190803],
  [0.41811888447, -0.70905944223],
];

/** `|1 + Σ 4·gain·H(f)|` in dB, every H from the coefficients above. */
function definedDb(gains: readonly number[], frequencyHz: number): number {
  const omega = (2 * Math.PI * frequencyHz) / 48_000;
  let real = 1;
  let imaginary = 0;
  for (const [i, [beta, gamma]] of LAVAPLAYER.entries()) {
    const share = (4 * (gains[i] ?? 0) * (1 - beta)) / 2;
    const [topReal, topImaginary] = [share * (1 - Math.cos(2 * omega)), share * Math.sin(2 * omega)];
    const bottomReal = 1 - gamma * Math.cos(omega) + beta * Math.cos(2 * omega);
    const bottomImaginary = gamma * Math.sin(omega) - beta * Math.sin(2 * omega);
    const size = bottomReal ** 2 + bottomImaginary ** 2;
    real += (topReal * bottomReal + topImaginary * bottomImaginary) / size;
    imaginary += (topImaginary * bottomReal - topReal * bottomImaginary) / size;
  }
  return 10 * Math.log10(real ** 2 + imaginary ** 2);
}

function measuredDb(gains: readonly number[]): number[] {
  const stage = equalizerStage(gains.map((gain, band) => ({ band, gain })));
  const { left, right } = throughStages([stage], impulse(1, 50));
  expect(right).toEqual(left);
  return FREQUENCIES_HZ.map((hz) => responseDb(left, hz));
}

test.each([
  [
    'every band alone doubled',
    EQUALIZER_BANDS_HZ.map((_, band) => EQUALIZER_BANDS_HZ.map((_, i) => (i === band ? 0.25 : 0))),
  ],
  [
    'every band alone at its loudest',
    EQUALIZER_BANDS_HZ.map((_, band) => EQUALIZER_BANDS_HZ.map((_, i) => (i === band ? 1 : 0))),
  ],
  [
    'a curve of all bands',
    [[0.2, 0.25, 0.1, 0, -0.1, -0.2, -0.1, 0.05, 0.1, 0.3, 0.5, 0.1, -0.1, -0.15, 0.2]],
  ],
])("%s: the response is Lavalink's to a tenth of a dB", (_, settings) => {
  for (const gains of settings) {
    const measured = measuredDb(gains);
    for (const [i, frequencyHz] of FREQUENCIES_HZ.entries()) {
      expect(measured[i], `${gains} at ${frequencyHz} Hz`).toBeCloseTo(definedDb(gains, frequencyHz), 0.7);
    }
  }
});

test.each(EQUALIZER_BANDS_HZ.map((hz, band) => [band, hz]))(
  'band %i, %i Hz: 0.25 doubles, -0.25 mutes',
  (band, hz) => {
    const at = (gain: number) =>
      responseDb(throughStages([equalizerStage([{ band, gain }])], impulse(1, 50)).left, hz);
    expect(at(0.25)).toBeCloseTo(6.02, 1);
    expect(at(-0.25)).toBeLessThan(-40);
  },
);

test('after the frames it asks for it sounds as if it had worked all along, and reset forgets', () => {
  const stage = equalizerStage([{ band: 0, gain: 1 }]);
  const [tail] = [throughStages([stage], impulse(1, 20)).left.subarray((stage.historyFrames ?? 0) * 960)];
  expect(Math.max(...tail.map(Math.abs))).toBeLessThan(1e-5);
  stage.reset();
  expect(throughStages([stage], impulse(0, 1)).left.every((sample) => sample === 0)).toBe(true);
});
