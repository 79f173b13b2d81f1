import { type Epoch, encodeEvent, type GuildId, LIMITS, type PlayerEvent } from '@bandstand/protocol';
import { ManualClock } from '@bandstand/test-support';
import { describe, expect, test } from 'vitest';
import * as zmq from 'zeromq';
import { GUILD, OTHER_GUILD } from './command-fixtures.ts';
import { guildEvent, join, LOAD, openSubscriber, startPublisher } from './event-fixtures.ts';
import { type TestAddress, TRANSPORTS } from './transports.ts';

const EPOCH = 'epoch-1' as Epoch;
const NEXT_EPOCH = 'epoch-2' as Epoch;

describe.each(TRANSPORTS)('events over $name', ({ address }) => {
  test('the events of a subscribed guild arrive once and in order, those of others not at all', async () => {
    await using place = await address();
    await using publisher = await startPublisher(EPOCH, place);
    using heard = openSubscriber(publisher.endpoint);
    await join(publisher, heard.subscriber, GUILD);

    for (let sequence = 1; sequence <= 100; sequence++) {
      publisher.publish(guildEvent(OTHER_GUILD, EPOCH, sequence));
      publisher.publish(guildEvent(GUILD, EPOCH, sequence));
      publisher.publish(guildEvent(GUILD, EPOCH, sequence));
    }

    await expect.poll(() => heard.events.at(-1)?.sequence).toBe(100);
    expect(heard.sequences(GUILD)).toEqual(Array.from({ length: 100 }, (_, index) => index + 1));
    expect(heard.events.length).toBe(100);
    expect(heard.gaps).toEqual([]);
    expect(heard.events[0]).toEqual(guildEvent(GUILD, EPOCH, 1));
  });

  test('who unsubscribed hears no more', async () => {
    await using place = await address();
    await using publisher = await startPublisher(EPOCH, place);
    using heard = openSubscriber(publisher.endpoint);
    await join(publisher, heard.subscriber, GUILD);
    await join(publisher, heard.subscriber, OTHER_GUILD);

    heard.subscriber.unsubscribe(GUILD);
    publisher.publish(guildEvent(GUILD, EPOCH, 1));
    publisher.publish(guildEvent(OTHER_GUILD, EPOCH, 1));

    await expect.poll(() => heard.events).toEqual([guildEvent(OTHER_GUILD, EPOCH, 1)]);
  });

  test('a lost event shows as a gap before the next one', async () => {
    await using place = await address();
    await using publisher = await startPublisher(EPOCH, place);
    using heard = openSubscriber(publisher.endpoint);
    await join(publisher, heard.subscriber, GUILD);

    for (const sequence of [1, 2, 5, 4, 6]) publisher.publish(guildEvent(GUILD, EPOCH, sequence));

    await expect.poll(() => heard.sequences(GUILD)).toEqual([1, 2, 5, 6]);
    expect(heard.gaps).toEqual([[GUILD, 'sequence', 5]]);
  });

  test('a lost last event is found by the next heartbeat', async () => {
    await using place = await address();
    await using raw = await rawPublisher(place);
    using heard = openSubscriber(raw.endpoint);
    heard.subscriber.subscribe(GUILD);
    await raw.joined(`g.${GUILD}`);

    await raw.send(`g.${GUILD}`, encodeEvent(guildEvent(GUILD, EPOCH, 1)));
    await raw.send('h', heartbeat(EPOCH, { [GUILD]: 1 }));
    await raw.send('h', heartbeat(EPOCH, { [GUILD]: 2, [OTHER_GUILD]: 9 }));
    await raw.send('h', heartbeat(EPOCH, { [GUILD]: 2 }));

    await expect.poll(() => heard.heartbeats).toBe(3);
    expect(heard.gaps).toEqual([[GUILD, 'heartbeat', 2]]);
  });

  test('a new process shows as an epoch gap, told by its heartbeat even when it has nothing else to say', async () => {
    await using place = await address();
    const first = await startPublisher(EPOCH, place);
    using heard = openSubscriber(first.endpoint);
    await join(first, heard.subscriber, GUILD);
    first.publish(guildEvent(GUILD, EPOCH, 7));
    await expect.poll(() => heard.events.length).toBe(1);
    await first.close();

    await using second = await startPublisher(NEXT_EPOCH, { ...place, endpoint: first.endpoint });
    await expect.poll(() => heard.gaps, { timeout: 5_000 }).toEqual([[GUILD, 'epoch', undefined]]);
    second.publish(guildEvent(GUILD, NEXT_EPOCH, 1));

    await expect.poll(() => heard.events.length).toBe(2);
    expect(heard.events[1]).toMatchObject({ epoch: NEXT_EPOCH, sequence: 1 });
    expect(heard.gaps.length).toBe(1);
  });

  test('who joins late is told at once where each guild stands', async () => {
    await using place = await address();
    const clock = new ManualClock();
    await using publisher = await startPublisher(EPOCH, place, { clock });
    using witness = openSubscriber(publisher.endpoint);
    await join(publisher, witness.subscriber, GUILD);
    for (let sequence = 1; sequence <= 42; sequence++) publisher.publish(guildEvent(GUILD, EPOCH, sequence));
    await expect.poll(() => witness.events.length).toBe(42);
    using heard = openSubscriber(publisher.endpoint);
    heard.subscriber.subscribe(GUILD);
    heard.subscriber.rebase(GUILD, { epoch: EPOCH, sequence: 40 });
    await new Promise<void>((resolve) => publisher.once('joined', () => resolve()));

    await expect
      .poll(() => {
        clock.advance(10); // far from the second of the regular heartbeat
        return heard.gaps;
      })
      .toEqual([[GUILD, 'heartbeat', 42]]);
    expect(clock.monotonicMs()).toBeLessThan(1_000);
  });
});

test('the publisher knows for which guilds anybody listens', async () => {
  await using publisher = await startPublisher(EPOCH);
  expect(publisher.isHeard(GUILD)).toBe(false);
  using one = openSubscriber(publisher.endpoint);
  await join(publisher, one.subscriber, GUILD);
  {
    using other = openSubscriber(publisher.endpoint);
    await join(publisher, other.subscriber, GUILD);
    await join(publisher, other.subscriber, '1234' as GuildId);
    expect(publisher.isHeard('1234' as GuildId)).toBe(true);
  }
  await expect.poll(() => publisher.isHeard('1234' as GuildId)).toBe(false);
  expect(publisher.isHeard(GUILD)).toBe(true);
  one.subscriber.unsubscribe(GUILD);
  await expect.poll(() => publisher.isHeard(GUILD)).toBe(false);
});

describe('what a subscriber cannot take as it is', () => {
  test('a guild whose id begins with the same digits is another guild', async () => {
    await using publisher = await startPublisher(EPOCH);
    using heard = openSubscriber(publisher.endpoint);
    await join(publisher, heard.subscriber, '1234' as GuildId);

    publisher.publish(guildEvent('12345' as GuildId, EPOCH, 1));
    publisher.publish(guildEvent('1234' as GuildId, EPOCH, 1));

    await expect.poll(() => heard.events.length).toBe(1);
    expect(heard.events[0]?.guildId).toBe('1234');
    expect(heard.gaps).toEqual([]);
  });

  test('an event of a newer player is counted, and asks for a snapshot', async () => {
    await using raw = await rawPublisher();
    using heard = openSubscriber(raw.endpoint);
    heard.subscriber.subscribe(GUILD);
    await raw.joined(`g.${GUILD}`);
    const unknown = encodeEvent({ ...guildEvent(GUILD, EPOCH, 2), action: 'LYRICS_FOUND' as never });

    await raw.send(`g.${GUILD}`, encodeEvent(guildEvent(GUILD, EPOCH, 1)));
    await raw.send(`g.${GUILD}`, unknown);
    await raw.send(`g.${GUILD}`, encodeEvent(guildEvent(GUILD, EPOCH, 3)));

    await expect.poll(() => heard.sequences(GUILD)).toEqual([1, 3]);
    expect(heard.gaps).toEqual([[GUILD, 'unknown', 2]]);
  });

  test('bytes that are no event ask for a snapshot, and are reported', async () => {
    await using raw = await rawPublisher();
    using heard = openSubscriber(raw.endpoint);
    heard.subscriber.subscribe(GUILD);
    await raw.joined(`g.${GUILD}`);

    await raw.send(`g.${GUILD}`, Buffer.from('{'));
    await raw.send('h', Buffer.from('no heartbeat'));
    await raw.send(`g.${GUILD}`, encodeEvent(guildEvent(GUILD, EPOCH, 1)));

    await expect.poll(() => heard.sequences(GUILD)).toEqual([1]);
    expect(heard.gaps).toEqual([[GUILD, 'malformed', undefined]]);
    expect(heard.problems).toEqual(['malformed']);
  });

  test('a listener that throws is reported, and the next event is heard', async () => {
    await using publisher = await startPublisher(EPOCH);
    using heard = openSubscriber(publisher.endpoint);
    await join(publisher, heard.subscriber, GUILD);
    heard.subscriber.once('event', () => {
      throw new Error('a bug');
    });

    for (const sequence of [1, 2]) publisher.publish(guildEvent(GUILD, EPOCH, sequence));

    await expect.poll(() => heard.sequences(GUILD)).toEqual([1, 2]);
    expect(heard.problems).toEqual(['handler']);
  });

  test('an event that is too large is not sent; the subscriber notices', async () => {
    await using publisher = await startPublisher(EPOCH);
    const problems: string[] = [];
    publisher.on('problem', ({ kind }) => problems.push(kind));
    using heard = openSubscriber(publisher.endpoint);
    await join(publisher, heard.subscriber, GUILD);
    const large = { ...guildEvent(GUILD, EPOCH, 2), data: { text: 'x'.repeat(LIMITS.eventBytes) } };

    publisher.publish(guildEvent(GUILD, EPOCH, 1));
    expect(publisher.publish(large as never)).toBe(false);
    publisher.publish(guildEvent(GUILD, EPOCH, 3));

    await expect.poll(() => heard.gaps).toEqual([[GUILD, 'sequence', 3]]);
    expect(problems).toEqual(['send']);
  });
});

describe('the application heartbeat', () => {
  test('comes each second, and its absence makes the player suspect after 3 s and down after 10 s', async () => {
    const playerClock = new ManualClock();
    const botClock = new ManualClock();
    await using publisher = await startPublisher(EPOCH, undefined, { clock: playerClock });
    using heard = openSubscriber(publisher.endpoint, { clock: botClock });
    heard.subscriber.subscribe(GUILD);
    await new Promise<void>((resolve) => publisher.once('joined', () => resolve()));
    expect(heard.subscriber.availability).toBe('suspect');

    for (let second = 1; second <= 5; second++) {
      playerClock.advance(1_000);
      botClock.advance(1_000);
      await expect.poll(() => heard.heartbeats).toBe(second + 2); // one at start, one for the joiner
    }
    expect(heard.availability).toEqual(['up']);
    botClock.advance(2_999);
    expect(heard.availability).toEqual(['up']);
    botClock.advance(1);
    expect(heard.availability).toEqual(['up', 'suspect']);
    botClock.advance(6_999);
    expect(heard.subscriber.availability).toBe('suspect');
    botClock.advance(1);
    expect(heard.availability).toEqual(['up', 'suspect', 'down']);

    playerClock.advance(1_000);
    await expect.poll(() => heard.availability).toEqual(['up', 'suspect', 'down', 'up']);
  });

  test('a bot that itself stood still does not blame the player', async () => {
    const clock = new ManualClock();
    await using publisher = await startPublisher(EPOCH);
    using heard = openSubscriber(publisher.endpoint, { clock });
    await expect.poll(() => heard.availability).toEqual(['up']);

    clock.oversleep(60_000);
    expect(heard.availability).toEqual(['up']);
    const before = heard.heartbeats;
    await expect.poll(() => heard.heartbeats, { timeout: 3_000 }).toBeGreaterThan(before);
    clock.advance(1_500);

    expect(heard.availability).toEqual(['up']);
  });

  test('a player never heard is down after 10 s', () => {
    const clock = new ManualClock();
    using heard = openSubscriber('tcp://127.0.0.1:9', { clock });

    clock.advance(10_000);

    expect(heard.availability).toEqual(['down']);
    heard.subscriber.close();
    expect(clock.pending).toBe(0);
  });
});

interface RawPublisher extends AsyncDisposable {
  readonly endpoint: string;
  send(topic: string, bytes: Buffer): Promise<void>;
  joined(topic: string): Promise<void>;
}

/** A publisher that sends what it is told. */
async function rawPublisher(address?: TestAddress): Promise<RawPublisher> {
  const socket = new zmq.XPublisher({ linger: 0, verbosity: 'allSubs' });
  await socket.bind(address?.endpoint ?? 'tcp://127.0.0.1:*');
  return {
    endpoint: socket.lastEndpoint ?? '',
    send: (topic, bytes) => socket.send([topic, bytes]),
    async joined(topic) {
      while (String((await socket.receive())[0]?.subarray(1)) !== topic);
    },
    [Symbol.asyncDispose]: async () => socket.close(),
  };
}

function heartbeat(epoch: Epoch, sequences: Record<string, number>): Buffer {
  const head = { guildId: null, epoch, sequence: 0, revision: 0, atMs: 1 };
  return encodeEvent({ ...head, action: 'HEARTBEAT', data: { ...LOAD, sequences } } as PlayerEvent);
}
