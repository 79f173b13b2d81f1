import { ManualClock } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { VoiceStateOutbox, type VoiceStateRequest } from './voice-state-outbox.ts';

const request = (guild: string, channel: string | null): VoiceStateRequest => ({
  op: 4,
  d: { guild_id: guild, channel_id: channel, self_mute: false, self_deaf: true },
});

function start(limits: { burst?: number; perMinute?: number } = {}) {
  const clock = new ManualClock();
  const sent: string[] = [];
  const send = ({ d }: VoiceStateRequest) => sent.push(`${d.guild_id} ${d.channel_id ?? 'leaves'}`);
  return { clock, sent, outbox: new VoiceStateOutbox({ send, clock, ...limits }) };
}

test('a thousand guilds that join at once stay far below 120 commands in any minute', () => {
  const { clock, sent, outbox } = start();
  for (let guild = 0; guild < 1_000; guild++) outbox.post(request(`g${guild}`, 'c'));
  expect(sent).toHaveLength(20);
  clock.advance(60_000);
  expect(sent).toHaveLength(80);
  clock.advance(60_000);
  expect(sent).toHaveLength(140);
  expect(sent.at(-1)).toBe('g139 c');
  outbox.close();
  expect(clock.pending).toBe(0);
});

test('a newer wish of a guild replaces the one that still waits', () => {
  const { clock, sent, outbox } = start({ burst: 1 });
  outbox.post(request('first', 'c'));
  outbox.post(request('g', 'a'));
  outbox.post(request('g', 'b'));
  clock.advance(10_000);
  expect(sent).toEqual(['first c', 'g b']);
});

test('a leave drops the join that waits, and a join never drops the leave before it', () => {
  const { clock, sent, outbox } = start({ burst: 1 });
  outbox.post(request('first', 'c'));
  outbox.post(request('g', 'a'));
  outbox.post(request('g', null));
  outbox.post(request('g', 'b'));
  clock.advance(10_000);
  expect(sent).toEqual(['first c', 'g leaves', 'g b']);
});

test('the sender of a request learns when it left, and may take it back before', () => {
  const { clock, sent, outbox } = start({ burst: 1 });
  const left: number[] = [];
  outbox.post(request('a', 'c'), () => left.push(clock.monotonicMs()));
  const takeBack = outbox.post(request('b', 'c'));
  outbox.post(request('d', 'c'), () => left.push(clock.monotonicMs()));
  takeBack();
  clock.advance(5_000);
  expect(left).toEqual([0, 1_000]);
  expect(sent).toEqual(['a c', 'd c']);
});

test('nothing leaves a closed outbox', () => {
  const { clock, sent, outbox } = start({ burst: 1 });
  outbox.post(request('a', 'c'));
  outbox.post(request('b', 'c'));
  outbox.close();
  outbox.post(request('d', 'c'));
  clock.advance(60_000);
  expect(sent).toEqual(['a c']);
  expect(outbox.size).toBe(0);
});
