import type { Epoch, GuildId } from '@bandstand/protocol';
import { EventSubscriber, GuildFeed } from '../../src/index.ts';

/** A bot with one mirrored guild, whose snapshots the parent answers. It tells each gap, snapshot and the last event. */
const [, , endpoint = '', guildId = ''] = process.argv;
const subscriber = new EventSubscriber({ endpoint, security: { mechanism: 'none', allowInsecure: false } });
const waiting: ((snapshot: { epoch: Epoch; sequence: number }) => void)[] = [];
let snapshots = 0;
let last = 0;
let isOrdered = true;
const follow = (sequence: number, isNext: boolean) => {
  isOrdered &&= isNext;
  last = sequence;
};
const feed = new GuildFeed({
  subscriber,
  fetchSnapshot: () =>
    new Promise<{ epoch: Epoch; sequence: number }>((resolve) => {
      waiting.push(resolve);
      process.send?.({ type: 'snapshot?' });
    }),
  onSnapshot: (_guildId, snapshot) => {
    snapshots++;
    follow(snapshot.sequence, snapshot.sequence >= last);
  },
  onEvent: (event) => follow(event.sequence, event.sequence === last + 1),
});
feed.follow(guildId as GuildId);
process.on('message', (snapshot: { epoch: Epoch; sequence: number }) => waiting.shift()?.(snapshot));
const report = setInterval(() => process.send?.({ type: 'state', last, snapshots, isOrdered }), 100);
process.once('disconnect', () => {
  clearInterval(report);
  feed.close();
  subscriber.close();
});
