import type { Epoch, GuildId, RequestKey } from '@bandstand/protocol';
import { CommandClient, EventPublisher, EventSubscriber, GuildFeed } from '../../src/index.ts';

/** Leaves with messages queued in every kind of socket, and with nothing but `close()` to end them. */
const [, , endpoint = ''] = process.argv;
const security = { mechanism: 'none', allowInsecure: false } as const;
const guildId = '689241026199552011' as GuildId;
const epoch = 'leaver' as Epoch;

const client = new CommandClient({ endpoint, security, clientName: 'leaver', clientVersion: '1' });
const requests = Array.from({ length: 20 }, (_, index) =>
  client.request('PAUSE', guildId, {}, { key: `${index}` as RequestKey }).catch(() => undefined),
);
const subscriber = new EventSubscriber({ endpoint, security });
const feed = new GuildFeed({
  subscriber,
  fetchSnapshot: () => Promise.reject(new Error('nobody there')),
  onSnapshot: () => undefined,
  onEvent: () => undefined,
});
feed.follow(guildId);
const publisher = await EventPublisher.listen({
  endpoint: 'tcp://127.0.0.1:*',
  security,
  epoch,
  heartbeat: () => ({ node_id: 'leaver', players: 0, playing: 0, loop_delay_ms: 0 }),
});
const stuck = new EventSubscriber({ endpoint: publisher.endpoint, security });
stuck.subscribe(guildId);
await new Promise<void>((resolve) => publisher.once('joined', () => resolve()));
for (let sequence = 1; sequence <= 5_000; sequence++) {
  const head = { guildId, epoch, sequence, revision: 0, atMs: 0 };
  publisher.publish({ ...head, action: 'PLAYER_IDLE', data: { leaves_in_ms: null } });
}

feed.close();
client.close();
subscriber.close();
stuck.close();
await publisher.close();
await Promise.all(requests);
