import { expect, test } from 'vitest';
import { GainTimeline } from './gain-timeline.ts';

test('a gain holds from its frame on; a later decision about an earlier frame supersedes', () => {
  const gains = new GainTimeline(1);
  gains.change(10, 0.5);
  gains.change(20, 2);
  expect([9, 10, 19, 20].map((frame) => gains.at(frame))).toEqual([1, 0.5, 0.5, 2]);
  gains.change(15, 0.1);
  expect([14, 15, 20, 99].map((frame) => gains.at(frame))).toEqual([0.5, 0.1, 0.1, 0.1]);
});

test('a gain from the beginning on has always held: there is nothing to ramp from', () => {
  const gains = new GainTimeline(1);
  gains.change(5, 3);
  gains.change(0, 0.5);
  expect([-1, 0, 5].map((frame) => gains.at(frame))).toEqual([0.5, 0.5, 0.5]);
});

test('a change that was revoked leaves no trace', () => {
  const gains = new GainTimeline(1);
  gains.change(10, 0.5);
  gains.change(12, 0.2);
  gains.revoke(10);
  gains.change(20, 2);
  expect([10, 15, 19, 20].map((frame) => gains.at(frame))).toEqual([1, 1, 1, 2]);
});

test('forgetting keeps what still holds', () => {
  const gains = new GainTimeline(1);
  for (let frame = 10; frame < 1_000; frame += 10) gains.change(frame, frame / 1_000);
  gains.forget(505);
  expect(gains.at(505)).toBe(0.5);
  expect(gains.at(510)).toBe(0.51);
});
