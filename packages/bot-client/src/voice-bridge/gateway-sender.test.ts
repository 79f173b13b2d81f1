import { guildIdSchema } from '@bandstand/protocol';
import { createLogger } from '@bandstand/service-kit';
import { expect, test, vi } from 'vitest';
import { type GatewayPayload, GatewaySender } from './gateway-sender.ts';

const log = createLogger({ name: 'test', level: 'silent' });

function wish(guild: number, channel: string | null = '5'): GatewayPayload {
  return {
    op: 4,
    d: {
      guild_id: guildIdSchema.parse(String(guild)),
      channel_id: channel as never,
      self_mute: false,
      self_deaf: true,
    },
  };
}

test('a thousand wishes at once stay below half of what the gateway allows in a minute', () => {
  vi.useFakeTimers();
  try {
    const sentAtMs: number[] = [];
    const sender = new GatewaySender({
      send: () => {
        sentAtMs.push(performance.now());
        return true;
      },
      shardOf: () => 0,
      now: () => performance.now(),
      log,
    });
    const began = performance.now();
    for (let guild = 1; guild <= 1_000; guild++) sender.send(wish(guild));
    vi.advanceTimersByTime(60_000);
    const firstMinute = sentAtMs.filter((at) => at - began < 60_000).length;
    expect(firstMinute).toBeGreaterThan(60);
    expect(firstMinute).toBeLessThanOrEqual(90);
    vi.advanceTimersByTime(20 * 60_000);
    expect(sentAtMs).toHaveLength(1_000);
    sender.close();
  } finally {
    vi.useRealTimers();
  }
});

test('of several wishes of one guild that wait, only the newest is sent', () => {
  vi.useFakeTimers();
  try {
    const sent: GatewayPayload[] = [];
    const sender = new GatewaySender({
      send: (payload) => sent.push(payload) > 0,
      shardOf: () => 0,
      now: () => performance.now(),
      log,
    });
    for (let guild = 1; guild <= 30; guild++) sender.send(wish(guild));
    sender.send(wish(99, '5'));
    sender.send(wish(99, null));
    vi.advanceTimersByTime(10_000);
    expect(sent.filter((payload) => payload.d.guild_id === '99')).toEqual([wish(99, null)]);
    sender.close();
  } finally {
    vi.useRealTimers();
  }
});

test('nothing is sent for a guild that is not ours', () => {
  const sent: GatewayPayload[] = [];
  const sender = new GatewaySender({
    send: (payload) => sent.push(payload) > 0,
    shardOf: () => undefined,
    now: () => 0,
    log,
  });
  sender.send(wish(1));
  expect(sent).toEqual([]);
});

test('what a shard could not take waits for it: the newest wish of each guild, without the withdrawn', () => {
  const sent: GatewayPayload[] = [];
  let isConnected = false;
  const sender = new GatewaySender({
    send: (payload) => isConnected && sent.push(payload) > 0,
    shardOf: () => 7,
    now: () => 0,
    log,
  });
  sender.send(wish(1), 'a');
  sender.send(wish(2), 'b');
  sender.send(wish(3), 'c');
  sender.send(wish(1, null), 'd');
  sender.withdraw('2', 'b');
  sender.withdraw('3', 'an older one');
  sender.wake(7);
  expect(sent).toEqual([]);
  isConnected = true;
  sender.wake(8);
  expect(sent).toEqual([]);
  sender.wake(7);
  expect(sent).toEqual([wish(3), wish(1, null)]);
  sender.wake(7);
  expect(sent).toHaveLength(2);
});
