import type { Epoch, PlayerError } from '@bandstand/protocol';
import { ManualClock, UnreliableNetwork } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { GuildFeed } from '../src/index.ts';
import {
  GUILD,
  helloReply,
  key,
  obedient,
  openClient,
  startRawPlayer,
  startServer,
  success,
} from './command-fixtures.ts';
import { guildEvent, openSubscriber, startPublisher } from './event-fixtures.ts';

const EPOCH = 'epoch-1' as Epoch;

test('connections reset again and again under load: every request is answered, with its own key', async () => {
  const keys = new Set<unknown>();
  await using server = await startServer(async (command, context) => {
    keys.add(command.key);
    return obedient(command, context);
  });
  await using network = await UnreliableNetwork.to(server.endpoint);
  network.delayMs = 20;
  using client = openClient(network.endpoint);
  const names = Array.from({ length: 60 }, (_, index) => `k${index}`);
  const sent = names.map(async (name, index) => {
    await new Promise((resolve) => setTimeout(resolve, index * 20));
    return client.request('PAUSE', GUILD, {}, { key: key(name) });
  });
  const resets = setInterval(() => network.resetAll(), 300);

  const replies = await Promise.all(sent).finally(() => clearInterval(resets));
  const begun = performance.now();
  await client.request('PAUSE', GUILD, {}, { key: key('after') });

  expect(replies).toEqual(names.map(() => ({ changed: true })));
  expect(keys).toEqual(new Set([...names, 'after']));
  expect(performance.now() - begun).toBeLessThan(2_000);
});

test('a partition is noticed, and after it heals commands and mirror are right within two seconds', async () => {
  await using server = await startServer();
  await using publisher = await startPublisher(EPOCH);
  await using commands = await UnreliableNetwork.to(server.endpoint);
  await using events = await UnreliableNetwork.to(publisher.endpoint);
  using client = openClient(commands.endpoint);
  using heard = openSubscriber(events.endpoint);
  let sequence = 0;
  const mirror: number[] = [];
  using feed = new GuildFeed({
    subscriber: heard.subscriber,
    fetchSnapshot: async (guildId, signal) => {
      await client.request('PAUSE', guildId, {}, { key: key('snapshot'), signal });
      return { epoch: EPOCH, sequence };
    },
    onSnapshot: (_guildId, snapshot) => mirror.push(snapshot.sequence),
    onEvent: (event) => mirror.push(event.sequence),
  });
  feed.follow(GUILD);
  await expect.poll(() => heard.availability).toEqual(['up']);
  await expect.poll(() => mirror).toEqual([0]);

  commands.partition();
  events.partition();
  const cut = client.request('PAUSE', GUILD, {}, { key: key('cut'), ttlMs: 1_000 });
  await expect(cut).rejects.toMatchObject({ code: 'PLAYER_UNREACHABLE' });
  while (sequence < 50) publisher.publish(guildEvent(GUILD, EPOCH, ++sequence));
  await expect.poll(() => heard.availability, { timeout: 6_000 }).toEqual(['up', 'suspect']);
  commands.heal();
  events.heal();
  const healedAt = performance.now();

  await expect(client.request('PAUSE', GUILD, {}, { key: key('healed') })).resolves.toEqual({
    changed: true,
  });
  await expect.poll(() => mirror.at(-1), { timeout: 5_000 }).toBe(50);
  expect(performance.now() - healedAt).toBeLessThan(2_000);
  expect(heard.subscriber.availability).toBe('up');
});

test('a player that does not answer: requests fail at once until a probe reaches it', async () => {
  let isAway = false;
  await using player = await startRawPlayer(({ action }) => {
    if (isAway) return Buffer.alloc(0); // nothing a reply could be read from
    return action === 'HELLO' ? helloReply() : success({ changed: true });
  });
  await using network = await UnreliableNetwork.to(player.endpoint);
  const clock = new ManualClock();
  using client = openClient(network.endpoint, { clock, random: () => 0 });
  const reachable: boolean[] = [];
  client.on('reachable', (isReachable) => reachable.push(isReachable));
  await client.request('PAUSE', GUILD, {}, { key: key('before') });

  isAway = true;
  network.partition();
  const lost = Array.from({ length: 5 }, (_, index) =>
    client
      .request('PAUSE', GUILD, {}, { key: key(`lost${index}`) })
      .catch((error: PlayerError) => error.code),
  );
  await expect.poll(() => client.sockets).toBe(5);
  clock.advance(1_500);
  await expect.poll(() => reachable).toEqual([false]);
  await expect(client.request('PAUSE', GUILD, {}, { key: key('now') })).rejects.toMatchObject({
    code: 'PLAYER_UNREACHABLE',
    message: 'the player does not answer; it is asked again each second',
  });

  isAway = false;
  network.heal();
  await expect
    .poll(
      () => {
        clock.advance(100);
        return reachable;
      },
      { timeout: 5_000 },
    )
    .toEqual([false, true]);
  // Those that waited through it are answered late rather than lost.
  await expect
    .poll(() => {
      clock.advance(10);
      return Promise.all(lost.map((request) => Promise.race([request, 'waits'])));
    })
    .toEqual(lost.map(() => ({ changed: true })));
});
