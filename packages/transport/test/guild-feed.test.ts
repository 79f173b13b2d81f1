import type { Epoch, GuildId } from '@bandstand/protocol';
import { describe, expect, test } from 'vitest';
import { GuildFeed, type GuildFeedOptions, type SnapshotHead } from '../src/index.ts';
import { GUILD, OTHER_GUILD } from './command-fixtures.ts';
import { guildEvent, join, openSubscriber, startPublisher } from './event-fixtures.ts';
import { TRANSPORTS } from './transports.ts';

const EPOCH = 'epoch-1' as Epoch;

type Heard = ReturnType<typeof openSubscriber>;

/** A mirror that notes what it is fed, and a player whose snapshots the test hands out. */
function openFeed(heard: Heard, options: Partial<GuildFeedOptions<SnapshotHead>> = {}) {
  const log: string[] = [];
  const asked: { guildId: GuildId; answer: (snapshot: SnapshotHead) => void; signal: AbortSignal }[] = [];
  const feed = new GuildFeed<SnapshotHead>({
    subscriber: heard.subscriber,
    fetchSnapshot: (guildId, signal) =>
      new Promise((answer, reject) => {
        asked.push({ guildId, answer, signal });
        signal.addEventListener('abort', () => reject(signal.reason));
      }),
    onSnapshot: (_guildId, snapshot, reason) => log.push(`${reason} ${snapshot.sequence}`),
    onEvent: (event) => log.push(`event ${event.sequence}`),
    random: () => 0,
    ...options,
  });
  return { feed, log, asked, [Symbol.dispose]: () => feed.close() };
}

describe.each(TRANSPORTS)('a guild feed over $name', ({ address }) => {
  test('a snapshot comes first, then the events after it; what it holds is not repeated', async () => {
    await using place = await address();
    await using publisher = await startPublisher(EPOCH, place);
    using heard = openSubscriber(publisher.endpoint);
    using mirror = openFeed(heard);
    mirror.feed.follow(GUILD);
    await new Promise<void>((resolve) => publisher.once('joined', () => resolve()));
    for (const sequence of [1, 2, 3, 4]) publisher.publish(guildEvent(GUILD, EPOCH, sequence));
    await expect.poll(() => heard.events.length).toBe(4);
    expect(mirror.feed.isLive(GUILD)).toBe(false);

    mirror.asked[0]?.answer({ epoch: EPOCH, sequence: 2 });
    await expect.poll(() => mirror.feed.isLive(GUILD)).toBe(true);
    publisher.publish(guildEvent(GUILD, EPOCH, 5));

    await expect.poll(() => mirror.log).toEqual(['followed 2', 'event 3', 'event 4', 'event 5']);
    expect(mirror.asked.length).toBe(1);
  });

  test('after lost events a fresh snapshot takes their place', async () => {
    await using place = await address();
    await using publisher = await startPublisher(EPOCH, place);
    using heard = openSubscriber(publisher.endpoint);
    using mirror = openFeed(heard);
    mirror.feed.follow(GUILD);
    await expect.poll(() => mirror.asked.length).toBe(1);
    mirror.asked[0]?.answer({ epoch: EPOCH, sequence: 0 });
    await new Promise<void>((resolve) => publisher.once('joined', () => resolve()));
    await expect.poll(() => mirror.feed.isLive(GUILD)).toBe(true);

    for (const sequence of [1, 4, 5]) publisher.publish(guildEvent(GUILD, EPOCH, sequence));
    await expect.poll(() => mirror.asked.length).toBe(2);
    await expect.poll(() => heard.events.length).toBe(3);
    mirror.asked[1]?.answer({ epoch: EPOCH, sequence: 4 });

    await expect.poll(() => mirror.log).toEqual(['followed 0', 'event 1', 'sequence 4', 'event 5']);
  });

  test('a restarted player is asked for a fresh snapshot of every guild', async () => {
    await using place = await address();
    const first = await startPublisher(EPOCH, place);
    using heard = openSubscriber(first.endpoint);
    using mirror = openFeed(heard);
    for (const guildId of [GUILD, OTHER_GUILD]) mirror.feed.follow(guildId);
    await expect.poll(() => mirror.asked.length).toBe(2);
    for (const { answer } of mirror.asked) answer({ epoch: EPOCH, sequence: 9 });
    await expect.poll(() => mirror.feed.isLive(GUILD) && mirror.feed.isLive(OTHER_GUILD)).toBe(true);
    await first.close();

    const next = 'epoch-2' as Epoch;
    await using _second = await startPublisher(next, { ...place, endpoint: first.endpoint });
    await expect.poll(() => mirror.asked.length, { timeout: 5_000 }).toBe(4);
    for (const { answer } of mirror.asked.slice(2)) answer({ epoch: next, sequence: 0 });

    await expect.poll(() => mirror.log).toEqual(['followed 9', 'followed 9', 'epoch 0', 'epoch 0']);
  });
});

describe('snapshots that do not fit', () => {
  test('one older than the loss is thrown away and asked for again', async () => {
    await using publisher = await startPublisher(EPOCH);
    using heard = openSubscriber(publisher.endpoint);
    using mirror = openFeed(heard);
    await join(publisher, heard.subscriber, GUILD);
    mirror.feed.follow(GUILD);
    publisher.publish(guildEvent(GUILD, EPOCH, 7));
    await expect.poll(() => heard.events.length).toBe(1);

    mirror.asked[0]?.answer({ epoch: EPOCH, sequence: 5 });
    await expect.poll(() => mirror.asked.length).toBe(2);
    expect(mirror.log).toEqual([]);
    mirror.asked[1]?.answer({ epoch: EPOCH, sequence: 6 });

    await expect.poll(() => mirror.log).toEqual(['followed 6', 'event 7']);
  });

  test('a last event lost while the snapshot was on its way is not forgotten', async () => {
    await using publisher = await startPublisher(EPOCH);
    using heard = openSubscriber(publisher.endpoint);
    using mirror = openFeed(heard);
    await join(publisher, heard.subscriber, GUILD);
    mirror.feed.follow(GUILD);
    publisher.publish(guildEvent(GUILD, EPOCH, 1));
    await expect.poll(() => heard.events.length).toBe(1);
    heard.subscriber.emit('gap', GUILD, 'heartbeat', 2); // told by a heartbeat; 2 itself never comes

    mirror.asked[0]?.answer({ epoch: EPOCH, sequence: 0 });
    await expect.poll(() => mirror.asked.length).toBe(2);
    mirror.asked[1]?.answer({ epoch: EPOCH, sequence: 2 });

    await expect.poll(() => mirror.log).toEqual(['followed 2']);
  });

  test('a failed fetch is reported and tried again until it succeeds', async () => {
    await using publisher = await startPublisher(EPOCH);
    using heard = openSubscriber(publisher.endpoint);
    const failures: unknown[] = [];
    let tries = 0;
    using mirror = openFeed(heard, {
      fetchSnapshot: async () => {
        if (tries++ < 3) throw new Error(`try ${tries}`);
        return { epoch: EPOCH, sequence: 1 };
      },
      onFetchFailed: (_guildId, error) => failures.push((error as Error).message),
    });

    mirror.feed.follow(GUILD);

    await expect.poll(() => mirror.log).toEqual(['followed 1']);
    expect(failures).toEqual(['try 1', 'try 2', 'try 3']);
  });

  test('a guild that is not followed any more ends its fetch, and a close ends all', async () => {
    await using publisher = await startPublisher(EPOCH);
    using heard = openSubscriber(publisher.endpoint);
    using mirror = openFeed(heard);
    mirror.feed.follow(GUILD);
    mirror.feed.follow(OTHER_GUILD);
    await expect.poll(() => mirror.asked.length).toBe(2);

    mirror.feed.unfollow(GUILD);
    expect(mirror.asked.map(({ signal }) => signal.aborted)).toEqual([true, false]);
    mirror.feed.close();

    expect(mirror.asked.map(({ signal }) => signal.aborted)).toEqual([true, true]);
    expect(heard.subscriber.guilds.size).toBe(0);
    expect(heard.subscriber.listenerCount('gap')).toBe(1);
  });

  test('a thousand guilds at once are fetched a few at a time', async () => {
    await using publisher = await startPublisher(EPOCH);
    using heard = openSubscriber(publisher.endpoint);
    let atOnce = 0;
    let most = 0;
    using mirror = openFeed(heard, {
      fetchSnapshot: async () => {
        most = Math.max(most, ++atOnce);
        await new Promise((resolve) => setImmediate(resolve));
        atOnce--;
        return { epoch: EPOCH, sequence: 0 };
      },
    });

    for (let index = 0; index < 1_000; index++) mirror.feed.follow(`5000${index}` as GuildId);

    await expect.poll(() => mirror.log.length, { timeout: 10_000 }).toBe(1_000);
    expect(most).toBe(8);
  });
});
