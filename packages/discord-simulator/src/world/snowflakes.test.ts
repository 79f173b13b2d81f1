import { describe, expect, it } from 'vitest';
import { ManualClock } from '../clock.ts';
import { Snowflakes, snowflakeTimeMs } from './snowflakes.ts';

describe('Snowflakes', () => {
  it('give timed ids that carry the clock and only ever grow', () => {
    const clock = new ManualClock();
    const ids = new Snowflakes(1, clock);

    const minted = Array.from({ length: 5000 }, () => ids.timed());

    expect(snowflakeTimeMs(minted[0] ?? '')).toBe(clock.now());
    const ascending = minted.every((id, i) => i === 0 || BigInt(id) > BigInt(minted[i - 1] ?? '0'));
    expect(ascending).toBe(true);
  });

  it('give standing ids and secrets that depend on the seed, not on the clock', () => {
    const one = new Snowflakes('a', new ManualClock(1_700_000_000_000));
    const two = new Snowflakes('a', new ManualClock(1_800_000_000_000));

    expect([one.standing(), one.standing(), one.secret('x')]).toEqual([
      two.standing(),
      two.standing(),
      two.secret('x'),
    ]);
  });
});
