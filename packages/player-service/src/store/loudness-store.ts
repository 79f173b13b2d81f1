import { createHash } from 'node:crypto';
import type { PlayerDatabase } from './database.ts';

/** What makes two tracks the same one. */
export interface TrackIdentity {
  readonly source: string;
  readonly identifier: string;
}

/** How loud a track is; `undefined` for silence. */
export interface StoredLoudness {
  readonly integratedLufs: number | undefined;
  readonly truePeakDb: number;
}

export interface LoudnessStoreLimits {
  /** Of the newest measurements that are kept, about 100 bytes each. */
  readonly maxTracks: number;
  /** What stands behind an address may change: older measurements do not count. */
  readonly maxAgeMs: number;
  /** Measurements between two times that the surplus is removed. */
  readonly pruneEvery: number;
}

const DEFAULT_LIMITS: LoudnessStoreLimits = {
  maxTracks: 200_000,
  maxAgeMs: 90 * 24 * 3_600_000,
  pruneEvery: 500,
};

/** What tracks were measured at, for all guilds together. Bounded: the oldest go first. */
export class LoudnessStore {
  readonly #database: PlayerDatabase;
  readonly #limits: LoudnessStoreLimits;
  #savesUntilPrune = 1;

  constructor(database: PlayerDatabase, limits: Partial<LoudnessStoreLimits> = {}) {
    this.#database = database;
    this.#limits = { ...DEFAULT_LIMITS, ...limits };
  }

  /** @throws PlayerError `STORE_UNAVAILABLE` */
  async find(track: TrackIdentity, nowMs: number): Promise<StoredLoudness | undefined> {
    const row = await this.#database.read((db) =>
      db
        .selectFrom('player_loudness')
        .select(['integrated_lufs', 'true_peak_db'])
        .where('track_key', '=', keyOf(track))
        .where('measured_at_ms', '>=', nowMs - this.#limits.maxAgeMs)
        .executeTakeFirst(),
    );
    return row && { integratedLufs: row.integrated_lufs ?? undefined, truePeakDb: row.true_peak_db };
  }

  /** Takes the place of an earlier measurement. @throws PlayerError `STORE_UNAVAILABLE` */
  async save(track: TrackIdentity, loudness: StoredLoudness, nowMs: number): Promise<void> {
    const values = {
      integrated_lufs: loudness.integratedLufs ?? null,
      true_peak_db: loudness.truePeakDb,
      measured_at_ms: nowMs,
    };
    await this.#database.write((statements) => [
      statements
        .insertInto('player_loudness')
        .values({ track_key: keyOf(track), ...values })
        .onConflict((conflict) => conflict.column('track_key').doUpdateSet(values)),
    ]);
    if (--this.#savesUntilPrune > 0) return;
    await this.#prune(nowMs);
    this.#savesUntilPrune = this.#limits.pruneEvery;
  }

  async #prune(nowMs: number): Promise<void> {
    const { maxTracks, maxAgeMs } = this.#limits;
    await this.#database.transaction(async (tx) => {
      const firstTooMany = await tx
        .selectFrom('player_loudness')
        .select('measured_at_ms')
        .orderBy('measured_at_ms', 'desc')
        .offset(maxTracks)
        .limit(1)
        .executeTakeFirst();
      const keptSinceMs = Math.max(nowMs - maxAgeMs, (firstTooMany?.measured_at_ms ?? 0) + 1);
      await tx.deleteFrom('player_loudness').where('measured_at_ms', '<', keptSinceMs).execute();
    });
  }
}

function keyOf({ source, identifier }: TrackIdentity): string {
  return createHash('sha256').update(`${source}\n${identifier}`).digest('hex');
}
