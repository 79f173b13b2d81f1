import { expect, test } from 'vitest';
import { EncoderEffort } from './encoder-effort.ts';

function effortOf(complexity: number) {
  const load = { utilization: 0 };
  const effort = new EncoderEffort({ complexity, takeUtilization: () => load.utilization });
  const look = (utilization: number, times = 1) => {
    load.utilization = utilization;
    for (let time = 0; time < times; time++) effort.look();
    return effort.complexity;
  };
  return { effort, look };
}

test('each second of too much to do takes a step down, to the cheapest', () => {
  const { look } = effortOf(10);
  expect([look(0.5), look(0.9), look(0.9), look(0.95), look(1), look(1)]).toEqual([10, 8, 5, 3, 0, 0]);
});

test('room has to last before a step is taken back', () => {
  const { look } = effortOf(10);
  look(0.9, 2);
  expect(look(0.1, 9)).toBe(5);
  expect(look(0.6)).toBe(5);
  expect(look(0.1, 9)).toBe(5);
  expect(look(0.1)).toBe(8);
  expect(look(0.1, 10)).toBe(10);
  expect(look(0.1, 30)).toBe(10);
});

test('never more than was configured', () => {
  const { look } = effortOf(6);
  expect([look(0.1, 30), look(0.9), look(0.9), look(0.1, 10), look(0.1, 20)]).toEqual([6, 5, 3, 5, 6]);
});

test('a change is told once', () => {
  const { effort, look } = effortOf(3);
  look(0.9);
  expect(effort.look()).toBe(false);
  expect(effort.utilization).toBe(0.9);
});
