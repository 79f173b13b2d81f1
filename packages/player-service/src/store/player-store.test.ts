import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { COMMANDS, type EntryId, type RequestKey } from '@bandstand/protocol';
import { PostgresCluster, postgresFolder } from '@bandstand/test-support';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { type DatabaseOptions, PlayerDatabase } from './database.ts';
import { entry, GUILD, guild } from './fixtures/sample-guild.ts';
import { PlayerStore } from './player-store.ts';
import type { StoredAddition, StoredReply } from './stored-guild.ts';

let cluster: PostgresCluster | undefined;

beforeAll(async () => {
  if (postgresFolder() !== undefined) cluster = await PostgresCluster.start();
}, 60_000);

afterAll(async () => {
  await cluster?.[Symbol.asyncDispose]();
});

/** One database that can be closed and opened again. */
class Place implements AsyncDisposable {
  readonly folder = mkdtempSync(join(tmpdir(), 'bandstand-player-store-'));
  readonly url: string | undefined;
  #store: PlayerStore | undefined;

  constructor(url: string | undefined) {
    this.url = url;
  }

  get options(): DatabaseOptions {
    return { url: this.url, dataDir: this.folder, onSetAside: () => {}, onAvailable: () => {} };
  }

  async open(): Promise<PlayerStore> {
    await this.#store?.[Symbol.asyncDispose]();
    this.#store = await PlayerStore.open(this.options);
    return this.#store;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store?.[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true });
  }
}

const KEY = 'interaction\u0000:add' as RequestKey;
const REPLY: StoredReply = { status: 'success', data: { changed: true }, revision: 8 };

describe.each([
  { name: 'SQLite', skip: false, place: async () => new Place(undefined) },
  {
    name: 'PostgreSQL',
    skip: postgresFolder() === undefined,
    place: async () => new Place(await cluster?.createDatabase()),
  },
])('on $name', ({ skip, place }) => {
  test.skipIf(skip)('a guild is read back as it was committed, entries in order', async () => {
    await using there = await place();
    const stored = guild({
      revision: 2 ** 40,
      history: [entry('a'), entry('b')],
      current: entry('c'),
      upcoming: [entry('d', { ticket: 0, requestKey: null }), entry('e')],
      isPaused: true,
      loop: 'queue',
      sound: {
        volumePercent: 35,
        filters: { timescale: { speed: 1, pitch: 1, rate: 1.2 }, equalizer: [{ band: 3, gain: -0.25 }] },
        normalize: true,
        crossfadeMs: 12_000,
      },
      positionMs: 61_234,
      atMs: 1_700_000_000_123,
      shelved: { entryId: 'e' as EntryId, positionMs: 20 },
    });
    await (await there.open()).guilds.commit({ guild: stored, additions: [] });
    expect(await (await there.open()).guilds.loadAll()).toEqual([stored]);
  });

  test.skipIf(skip)(
    'playing on, moving, adding and removing each leave the rows in the new order',
    async () => {
      await using there = await place();
      await using database = await PlayerDatabase.open(there.options);
      const store = new PlayerStore(database);
      const [a, b, c, d] = ['a', 'b', 'c', 'd'].map((name) => entry(name));
      if (!a || !b || !c || !d) throw new Error('bug');
      const copy = { ...a, ticket: 0 };
      const steps = [
        guild({ current: a, upcoming: [b, c, d] }),
        guild({ history: [a], current: b, upcoming: [c, d, copy] }),
        guild({ history: [a], current: b, upcoming: [copy, d, c] }),
        guild({ history: [a], current: b, upcoming: [entry('next'), copy, c] }),
        guild({ current: undefined, upcoming: [b] }),
        guild(),
      ];
      for (const step of steps) {
        await store.guilds.commit({ guild: step, additions: [] });
        expect(await new PlayerStore(database).guilds.loadAll()).toEqual([step]);
      }
    },
  );

  test.skipIf(skip)('filters that only another version knew are off, the others stay on', async () => {
    await using there = await place();
    await using database = await PlayerDatabase.open(there.options);
    const store = new PlayerStore(database);
    await store.guilds.commit({ guild: guild(), additions: [] });
    const filters = JSON.stringify({ echo: { delayMs: 300 }, volume: 0.5 });
    await database.transaction((tx) => tx.updateTable('player_guilds').set({ filters }).execute());
    const [loaded] = await store.guilds.loadAll();
    expect(loaded?.sound.filters).toEqual({ volume: 0.5 });
  });

  test.skipIf(skip)('5,000 entries are shuffled and read back', async () => {
    await using there = await place();
    const store = await there.open();
    const upcoming = Array.from({ length: 5_000 }, (_, index) => entry(`e${index}`));
    await store.guilds.commit({ guild: guild({ upcoming }), additions: [] });
    await store.guilds.commit({ guild: guild({ upcoming: upcoming.toReversed() }), additions: [] });
    const [loaded] = await (await there.open()).guilds.loadAll();
    expect(loaded?.upcoming.map(({ entryId }) => entryId)).toEqual(
      upcoming.toReversed().map(({ entryId }) => entryId),
    );
  });

  test.skipIf(skip)(
    'an anchor of an entry that is over says nothing about the one that follows',
    async () => {
      await using there = await place();
      const store = await there.open();
      await store.guilds.commit({ guild: guild({ current: entry('b') }), additions: [] });
      await store.guilds.savePositions([
        { guildId: GUILD, entryId: 'a' as EntryId, positionMs: 90_000, atMs: 5 },
      ]);
      expect(await (await there.open()).guilds.loadAll()).toMatchObject([{ positionMs: 0 }]);
      await (await there.open()).guilds.savePositions([
        { guildId: GUILD, entryId: 'b' as EntryId, positionMs: 2_500.5, atMs: 6 },
      ]);
      expect(await (await there.open()).guilds.loadAll()).toMatchObject([{ positionMs: 2_500.5, atMs: 6 }]);
    },
  );

  test.skipIf(skip)('a reply is stored with the change, for a day', async () => {
    await using there = await place();
    const store = await there.open();
    await store.guilds.commit({ guild: guild(), additions: [], request: { key: KEY, reply: REPLY } });
    expect(await (await there.open()).requests.replyTo(KEY)).toEqual(REPLY);
    const again = await there.open();
    await again.forgetBefore(1_000);
    expect(await again.requests.replyTo(KEY)).toEqual(REPLY);
    await again.forgetBefore(1_001);
    expect(await again.requests.replyTo(KEY)).toBeUndefined();
  });

  test.skipIf(skip)('a commit that fails half-way leaves nothing of it', async () => {
    await using there = await place();
    const store = await there.open();
    const before = guild({ upcoming: [entry('a')] });
    await store.guilds.commit({ guild: before, additions: [], request: { key: KEY, reply: REPLY } });
    // The key stands there already, which its last statement finds out.
    const failing = store.guilds.commit({
      guild: guild({ revision: 8, upcoming: [entry('b')] }),
      additions: [],
      request: { key: KEY, reply: REPLY },
    });
    await expect(failing).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
    expect(store.available).toBe(false);
    await store.guilds.commit({ guild: guild({ ...before, revision: 9 }), additions: [] });
    expect(store.available).toBe(true);
    expect(await (await there.open()).guilds.loadAll()).toEqual([guild({ ...before, revision: 9 })]);
  });

  test.skipIf(skip)(
    'a commit that landed although its answer was lost is overruled by the next',
    async () => {
      await using there = await place();
      await using database = await PlayerDatabase.open(there.options);
      const store = new PlayerStore(database);
      const [a, b] = [entry('a'), entry('b')];
      const request = { key: KEY, reply: REPLY };
      await store.guilds.commit({ guild: guild({ upcoming: [a] }), additions: [] });
      // What this store does not know of: the same request, carried out.
      const landed = new PlayerStore(database);
      await landed.guilds.loadAll();
      await landed.guilds.commit({ guild: guild({ upcoming: [b] }), additions: [], request });
      const retried = { guild: guild({ upcoming: [a, b] }), additions: [], request };
      await expect(store.guilds.commit(retried)).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE' });
      expect(store.guilds.isInDoubt(GUILD, KEY)).toBe(true);

      await store.guilds.commit(retried);
      expect(store.guilds.isInDoubt(GUILD, KEY)).toBe(false);
      expect(await new PlayerStore(database).guilds.loadAll()).toEqual([retried.guild]);
      expect(await store.requests.replyTo(KEY)).toEqual(REPLY);
    },
  );

  test.skipIf(skip)('additions are kept while work is left, and tell their outcome afterwards', async () => {
    await using there = await place();
    const addition: StoredAddition = {
      key: KEY,
      ticket: 4,
      data: COMMANDS.ADD_TO_QUEUE.data.parse({ query: 'title \ud800 \u0000' }),
      progress: { taken: 2, added: 1, skipped: 1, song: null, queuePosition: 3 },
      outcome: { key: KEY, state: 'pending' },
      isPending: true,
    };
    const store = await there.open();
    await store.guilds.commit({ guild: guild(), additions: [addition] });
    await store.forgetBefore(Number.MAX_SAFE_INTEGER);
    expect(await store.additions.loadAll()).toEqual(new Map([[GUILD, [addition]]]));
    await store.guilds.commit({ guild: guild(), additions: [{ ...addition, isPending: false }] });
    await store.forgetBefore(Number.MAX_SAFE_INTEGER);
    expect(await (await there.open()).additions.loadAll()).toEqual(new Map());
  });

  test.skipIf(skip)('a second player is refused in words an operator understands', async () => {
    await using there = await place();
    await there.open();
    await expect(PlayerStore.open(there.options)).rejects.toMatchObject({
      name: 'ConfigError',
      problems: [expect.stringContaining('another player uses this')],
    });
  });
});
