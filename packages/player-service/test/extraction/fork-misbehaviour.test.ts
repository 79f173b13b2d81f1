import { memoryUsage } from 'node:process';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import type { YtDlpSource } from '../../src/sources/yt-dlp/yt-dlp-source.ts';
import { livingOf } from './living.ts';
import { RogueSite } from './rogue-site.ts';

/** For what would go on for ever. */
const HASTY_MS = 3_000;
const MIB = 1024 * 1024;

describe.each([
  ['forked', true],
  ['a process for each call', false],
] as const)('an extraction that misbehaves, %s', (_way, forks) => {
  let site: RogueSite;
  let patient: YtDlpSource;
  let hasty: YtDlpSource;
  let idle: number;

  beforeAll(async () => {
    site = await RogueSite.open();
    [patient, hasty] = await Promise.all([
      site.source({ forks }),
      site.source({ forks, deadlineMs: HASTY_MS }),
    ]);
    const way = forks ? 'fork' : 'process';
    const both = () => expect([patient.starting, hasty.starting]).toMatchObject([{ way }, { way }]);
    await vi.waitFor(both, { timeout: 20_000 });
    idle = site.children.size;
  }, 30_000);

  afterAll(async () => {
    await Promise.all([patient.close(), hasty.close()]);
    expect(site.children.size).toBe(0);
    await site[Symbol.asyncDispose]();
  });

  test.each([
    ['hangs', 'SOURCE_TIMEOUT'],
    ['hangs-stubbornly', 'SOURCE_TIMEOUT'],
    ['forks', 'SOURCE_TIMEOUT'],
    ['complains', 'SOURCE_TIMEOUT'],
    ['floods', 'EXTRACTOR_KILLED'],
    ['eats-memory', 'EXTRACTOR_BROKEN'],
    ['crashes', 'EXTRACTOR_KILLED'],
    ['exits', 'EXTRACTOR_BROKEN'],
    ['writes-a-file', 'EXTRACTOR_BROKEN'],
    ['closes-its-output', 'SOURCE_TIMEOUT'],
  ])(
    '%s: it is told as %s, and no process of it is left',
    async (doing, code) => {
      const source = code === 'SOURCE_TIMEOUT' ? hasty : patient;
      const before = memoryUsage().rss;
      const loading = source.load(`https://rogue.invalid/watch/${doing}`, {
        signal: AbortSignal.timeout(25_000),
      });
      await expect(loading).rejects.toMatchObject({ code });
      expect(memoryUsage().rss - before).toBeLessThan(64 * MIB);
      expect(site.children.size).toBe(idle);
      const pids = await site.pids();
      expect(pids.length).toBeGreaterThan(0);
      await expect.poll(() => livingOf(pids), { timeout: 5_000 }).toEqual([]);
      if (forks) expect(source.starting).toMatchObject({ way: 'fork' });
    },
    30_000,
  );

  test('ending well with nothing said is an empty result', async () => {
    const url = 'https://rogue.invalid/watch/says-nothing';
    expect(await patient.load(url, { signal: AbortSignal.timeout(20_000) })).toEqual({ type: 'empty' });
  });
});
