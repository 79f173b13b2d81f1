import { describe, expect, it } from 'vitest';
import { ManualClock, OwnedClock } from './clock.ts';

describe('ManualClock', () => {
  it('runs what falls due in the order of time, each at its moment', () => {
    const clock = new ManualClock(0);
    const seen: [string, number][] = [];
    clock.after(20, () => seen.push(['second', clock.now()]));
    clock.after(10, () => {
      seen.push(['first', clock.now()]);
      clock.after(5, () => seen.push(['nested', clock.now()]));
    });
    const cancel = clock.after(15, () => seen.push(['cancelled', clock.now()]));
    cancel();

    clock.advance(20);

    expect(seen).toEqual([
      ['first', 10],
      ['nested', 15],
      ['second', 20],
    ]);
    expect(clock.now()).toBe(20);
  });
});

describe('OwnedClock', () => {
  it('cancels everything that is still open when it closes, and takes nothing after', () => {
    const inner = new ManualClock(0);
    const clock = new OwnedClock(inner);
    const seen: string[] = [];
    clock.after(10, () => seen.push('before'));
    clock.close();
    clock.after(10, () => seen.push('after'));

    inner.advance(100);

    expect(seen).toEqual([]);
  });
});
