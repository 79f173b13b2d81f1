import { type ErrorCode, LIMITS, PlayerError } from '@bandstand/protocol';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Media } from '../audio/media.ts';
import type { LoadResult, Source, Track } from './source.ts';

/** One source with an Internet (or a disk) around it in which the named things exist. */
export interface SourceHarness extends AsyncDisposable {
  readonly source: Source;
  /** Means exactly one track. */
  readonly playable: { readonly query: string; readonly title: string; readonly durationMs: number };
  /** Queries of other sources. */
  readonly foreign: readonly string[];
  /** Queries that fail, and how. */
  readonly failing: readonly { readonly query: string; readonly code: ErrorCode }[];
  /** A query the far side never answers, where there is a far side. */
  readonly hanging?: string;
  /** Words with at least three hits, where the source can search. */
  readonly words?: string;
  /** Child processes and sockets in use now. */
  readonly inUse: () => number;
  /** The first bytes of what was resolved. */
  readonly read: (media: Media) => Promise<Buffer>;
}

const SOON_MS = 3_000;

/** What everybody may rely on who uses a source, whichever it is. */
export function describeSource(name: string, start: () => Promise<SourceHarness>): void {
  describe(`${name} as a source`, () => {
    let harness: SourceHarness;
    let source: Source;
    const signal = () => AbortSignal.timeout(20_000);

    beforeEach(async () => {
      harness = await start();
      source = harness.source;
    }, 30_000);

    afterEach(async () => {
      await source.close();
      await expect.poll(harness.inUse, { timeout: SOON_MS }).toBe(0);
      await harness[Symbol.asyncDispose]();
    });

    async function loadTrack(): Promise<Track> {
      return expectTrack(await source.load(harness.playable.query, { signal: signal() }));
    }

    test('accepts its own queries and leaves those of others', () => {
      expect(source.accepts(harness.playable.query)).toBe(true);
      expect(harness.foreign.filter((query) => source.accepts(query))).toEqual([]);
    });

    test('a query for one track gives that track, fit to be stored and shown', async () => {
      const track = await loadTrack();
      expect(track).toMatchObject({ source: source.name, title: harness.playable.title, isLive: false });
      expect(track.durationMs).toBeGreaterThan(harness.playable.durationMs * 0.99);
      expect(track.durationMs).toBeLessThan(harness.playable.durationMs * 1.01);
      expect(JSON.parse(JSON.stringify(track))).toEqual(track);
      expect(JSON.stringify(track)).not.toMatch(/sig=|expire=/);
    });

    test('a track is found again by its identifier', async () => {
      const track = await loadTrack();
      expect(source.accepts(track.identifier)).toBe(true);
      const again = expectTrack(await source.load(track.identifier, { signal: signal() }));
      expect(again.identifier).toBe(track.identifier);
    });

    test('a track resolves to media whose bytes are there, again and afresh', async () => {
      const track = await loadTrack();
      const media = await source.resolve(track, { signal: signal() });
      expect((await harness.read(media)).length).toBeGreaterThan(100);
      const fresh = await source.resolve(track, { signal: signal(), fresh: true });
      expect((await harness.read(fresh)).length).toBeGreaterThan(100);
      expect(fresh).toMatchObject({ kind: media.kind, container: media.container, isLive: false });
    });

    test('a track that comes from a store, without a load before, resolves too', async () => {
      const { identifier } = await loadTrack();
      await source.close();
      await harness[Symbol.asyncDispose]();
      harness = await start();
      source = harness.source;
      // Ports differ from one start to the next; the store of a real player keeps the address it knows.
      const stored = { source: source.name, title: 'stored', isLive: false };
      const kept = samePlace(identifier, harness.playable.query);
      const media = await source.resolve({ ...stored, identifier: kept }, { signal: signal() });
      expect((await harness.read(media)).length).toBeGreaterThan(100);
    });

    test('every expected failure is a PlayerError with the code of its cause', async () => {
      for (const { query, code } of harness.failing) {
        const outcome = source.load(query, { signal: signal() });
        await expect(outcome, query).rejects.toBeInstanceOf(PlayerError);
        await expect(outcome, query).rejects.toMatchObject({ code });
      }
    });

    test('a track of another source, or made up, is refused rather than fetched', async () => {
      for (const identifier of [
        'file:///etc/passwd',
        '../../etc/passwd',
        '/etc/passwd',
        '--version',
        'http://127.0.0.1:1/x',
        '',
      ]) {
        const track: Track = { source: source.name, identifier, title: 'made up', isLive: false };
        await expect(source.resolve(track, { signal: signal() }), identifier).rejects.toBeInstanceOf(
          PlayerError,
        );
      }
    });

    test('a request that was aborted before does nothing', async () => {
      const reason = new Error('aborted before');
      const aborted = { signal: AbortSignal.abort(reason) };
      await expect(source.load(harness.playable.query, aborted)).rejects.toBe(reason);
      expect(harness.inUse()).toBe(0);
    });

    test('aborting a request that waits ends it at once, with its processes', async (context) => {
      const query = harness.hanging;
      if (query === undefined) return context.skip('there is nobody to wait for');
      const abort = new AbortController();
      const waiting = source.load(query, { signal: abort.signal });
      await expect.poll(harness.inUse, { timeout: SOON_MS }).toBeGreaterThan(0);
      const reason = new Error('the listener left');
      abort.abort(reason);
      await expect(waiting).rejects.toBe(reason);
      await expect.poll(harness.inUse, { timeout: SOON_MS }).toBe(0);
    });

    test('closing ends what waits, and nothing new begins', async () => {
      const waiting =
        harness.hanging === undefined ? undefined : source.load(harness.hanging, { signal: signal() });
      waiting?.catch(() => {}); // looked at below
      if (waiting) await expect.poll(harness.inUse, { timeout: SOON_MS }).toBeGreaterThan(0);
      await source.close();
      await source.close();
      expect(harness.inUse()).toBe(0);
      if (waiting) await expect(waiting).rejects.toMatchObject({ code: 'PLAYER_SHUTTING_DOWN' });
      const late = source.load(harness.playable.query, { signal: signal() });
      await expect(late).rejects.toMatchObject({ code: 'PLAYER_SHUTTING_DOWN' });
    });

    test('a search gives as many tracks as asked for, each playable; nonsense gives none', async () => {
      const nonsense = await source.search('zzz qqq xxx', { limit: 5, signal: signal() });
      expect(nonsense).toEqual([]);
      if (harness.words === undefined) return;
      const hits = await source.search(harness.words, { limit: 3, signal: signal() });
      expect(hits).toHaveLength(3);
      for (const hit of hits) {
        expect(hit.title.length).toBeLessThanOrEqual(LIMITS.titleCharacters);
        expect(source.accepts(hit.identifier)).toBe(true);
      }
    });
  });
}

function expectTrack(result: LoadResult): Track {
  if (result.type !== 'track') throw new Error(`expected one track, got ${result.type}`);
  return result.track;
}

/** The identifier with the host of today's query. */
function samePlace(identifier: string, query: string): string {
  const [then, now] = [URL.parse(identifier), URL.parse(query)];
  return then === null || now === null ? identifier : `${now.origin}${then.pathname}${then.search}`;
}
