import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PostgresCluster, postgresFolder } from '@bandstand/test-support';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { PlayerDatabase } from './database.ts';
import { LoudnessStore, type LoudnessStoreLimits } from './loudness-store.ts';

let cluster: PostgresCluster | undefined;

beforeAll(async () => {
  if (postgresFolder() !== undefined) cluster = await PostgresCluster.start();
});

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

interface Place extends AsyncDisposable {
  readonly store: LoudnessStore;
  readonly count: () => Promise<number>;
}

async function openPlace(url: string | undefined, limits: Partial<LoudnessStoreLimits> = {}): Promise<Place> {
  const folder = mkdtempSync(join(tmpdir(), 'bandstand-loudness-store-'));
  const options = { url, dataDir: folder, onSetAside: () => {}, onAvailable: () => {} };
  const database = await PlayerDatabase.open(options);
  return {
    store: new LoudnessStore(database, limits),
    count: async () => {
      const rows = await database.read((db) =>
        db.selectFrom('player_loudness').select('track_key').execute(),
      );
      return rows.length;
    },
    [Symbol.asyncDispose]: async () => {
      await database.close();
      rmSync(folder, { recursive: true });
    },
  };
}

const TRACK = { source: 'http', identifier: `https://example.org/${'ä'.repeat(2_000)}.mp3?a=\u0000` };
const QUIET = { integratedLufs: -27.431234567, truePeakDb: -3.25 };

describe.each([
  { name: 'SQLite', skip: false, url: async () => undefined },
  { name: 'PostgreSQL', skip: postgresFolder() === undefined, url: async () => cluster?.createDatabase() },
])('on $name', ({ skip, url }) => {
  test.skipIf(skip)('a measurement is found by source and identifier, and by nothing else', async () => {
    await using place = await openPlace(await url());
    await place.store.save(TRACK, QUIET, 1_700_000_000_000);
    expect(await place.store.find(TRACK, 1_700_000_000_001)).toEqual(QUIET);
    expect(await place.store.find({ ...TRACK, source: 'files' }, 1_700_000_000_001)).toBeUndefined();
    expect(await place.store.find({ ...TRACK, identifier: 'other' }, 1_700_000_000_001)).toBeUndefined();
  });

  test.skipIf(skip)('silence is remembered as such', async () => {
    await using place = await openPlace(await url());
    const silence = { integratedLufs: undefined, truePeakDb: -120 };
    await place.store.save(TRACK, silence, 5);
    expect(await place.store.find(TRACK, 6)).toEqual(silence);
  });

  test.skipIf(skip)('a later measurement takes the place of an earlier one', async () => {
    await using place = await openPlace(await url());
    await place.store.save(TRACK, QUIET, 5);
    await place.store.save(TRACK, { ...QUIET, integratedLufs: -9 }, 6);
    expect(await place.store.find(TRACK, 7)).toEqual({ ...QUIET, integratedLufs: -9 });
    expect(await place.count()).toBe(1);
  });

  test.skipIf(skip)('what was measured too long ago does not count', async () => {
    await using place = await openPlace(await url(), { maxAgeMs: 1_000 });
    await place.store.save(TRACK, QUIET, 5_000);
    expect(await place.store.find(TRACK, 6_000)).toEqual(QUIET);
    expect(await place.store.find(TRACK, 6_001)).toBeUndefined();
  });

  test.skipIf(skip)('only the newest are kept', async () => {
    await using place = await openPlace(await url(), { maxTracks: 3, pruneEvery: 1 });
    for (let atMs = 1; atMs <= 8; atMs++) {
      await place.store.save({ source: 'files', identifier: `${atMs}` }, QUIET, atMs);
      expect(await place.count()).toBe(Math.min(atMs, 3));
    }
    expect(await place.store.find({ source: 'files', identifier: '6' }, 9)).toEqual(QUIET);
    expect(await place.store.find({ source: 'files', identifier: '5' }, 9)).toBeUndefined();
  });
});
