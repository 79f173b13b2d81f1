import { expect, test } from 'vitest';
import { UnexpectedLog } from './unexpected-log.ts';

test('the same trouble is counted, not repeated, for each user', () => {
  const log = new UnexpectedLog();
  log.add('rtp-undecryptable', 'gcm', { guildId: '1', userId: '2' });
  log.add('rtp-undecryptable', 'gcm', { guildId: '1', userId: '2' });
  log.add('rtp-undecryptable', 'gcm', { guildId: '1', userId: '3' });

  expect(log.events.map(({ userId, count }) => [userId, count])).toEqual([
    ['2', 2],
    ['3', 1],
  ]);
  log.clear();
  expect(log.events).toEqual([]);
});

test('the log is bounded and says how much it left out', () => {
  const log = new UnexpectedLog();
  for (let i = 0; i < 1_005; i++) log.add('unknown-opcode', `${i}`);
  expect(log.events).toHaveLength(1_000);
  expect(log.dropped).toBe(5);
});
