import type { Epoch } from '@bandstand/protocol';
import { expect, test } from 'vitest';
import { startProgram } from './child.ts';
import { GUILD } from './command-fixtures.ts';
import { guildEvent, startPublisher } from './event-fixtures.ts';

const EPOCH = 'epoch-1' as Epoch;
const EVENTS = 200_000;
const MIB = 1024 * 1024;

interface State {
  readonly type: 'state';
  readonly last: number;
  readonly snapshots: number;
  readonly isOrdered: boolean;
}

test('a bot asleep under 200,000 events costs the player little, and awake needs one snapshot', async () => {
  await using publisher = await startPublisher(EPOCH);
  let sequence = 0;
  const publishMany = async (count: number) => {
    let peak = 0;
    for (let burst = 0; burst < count / 1_000; burst++) {
      for (let index = 0; index < 1_000; index++) publisher.publish(guildEvent(GUILD, EPOCH, ++sequence));
      await new Promise((resolve) => setImmediate(resolve));
      peak = Math.max(peak, process.memoryUsage.rss());
    }
    return peak;
  };
  await using bot = startProgram('sleeper', [publisher.endpoint, GUILD]);
  let state: State | undefined;
  bot.child.on('message', (message: State | { type: 'snapshot?' }) => {
    if (message.type === 'state') state = message;
    else bot.child.send({ epoch: EPOCH, sequence });
  });
  await new Promise<void>((resolve) => publisher.once('joined', () => resolve()));
  await expect.poll(() => state?.snapshots, { timeout: 5_000 }).toBe(1);
  const awake = await publishMany(2 * EVENTS); // so that the heap has the size that publishing itself needs
  await expect.poll(() => state?.last, { timeout: 15_000 }).toBe(2 * EVENTS);
  const snapshots = state?.snapshots ?? 0;

  bot.child.kill('SIGSTOP');
  const asleep = await publishMany(EVENTS);
  bot.child.kill('SIGCONT');

  await expect.poll(() => state?.last, { timeout: 15_000 }).toBe(3 * EVENTS);
  expect(state).toMatchObject({ snapshots: snapshots + 1, isOrdered: true });
  expect(asleep - awake).toBeLessThan(50 * MIB);
}, 40_000);
