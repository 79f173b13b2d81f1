import type { Epoch, GuildId } from '@bandstand/protocol';
import { describe, expect, test } from 'vitest';
import { replayAfter } from './replay.ts';
import { SequenceLedger } from './sequence-ledger.ts';
import { SequenceTracker } from './sequence-tracker.ts';

const A = 'a' as Epoch;
const B = 'b' as Epoch;
const at = (epoch: Epoch, sequence: number) => ({ epoch, sequence });
const guild = (index: number) => `${100_000 + index}` as GuildId;

describe('how far a guild was seen', () => {
  test('the first event is taken as it is; then order, repetition and loss are told apart', () => {
    const tracker = new SequenceTracker();
    const verdicts = [5, 6, 6, 4, 9, 8, 10].map((sequence) => tracker.observe(at(A, sequence)));
    expect(verdicts).toEqual(['next', 'next', 'old', 'old', 'gap', 'old', 'next']);
  });

  test('another epoch starts anew', () => {
    const tracker = new SequenceTracker();
    tracker.observe(at(A, 5));
    expect([tracker.observe(at(B, 1)), tracker.observe(at(B, 2))]).toEqual(['epoch', 'next']);
  });

  test('a heartbeat shows a lost last event once, and a new epoch once', () => {
    const tracker = new SequenceTracker();
    expect(tracker.observeHeartbeat(A, 9)).toBe('next'); // nothing known yet: a snapshot is on its way
    tracker.rebase(at(A, 5));
    expect([5, undefined, 7, 7].map((sequence) => tracker.observeHeartbeat(A, sequence))).toEqual([
      'next',
      'next',
      'gap',
      'next',
    ]);
    expect([tracker.observeHeartbeat(B, 3), tracker.observeHeartbeat(B, 3)]).toEqual(['epoch', 'next']);
  });

  test('a snapshot never takes back what was seen', () => {
    const tracker = new SequenceTracker();
    tracker.observe(at(A, 8));
    tracker.rebase(at(A, 5));
    expect(tracker.observe(at(A, 8))).toBe('old');
    tracker.rebase(at(B, 2));
    expect(tracker.observe(at(B, 3))).toBe('next');
  });
});

describe('events after a snapshot', () => {
  test('those it holds and those of another process are left out', () => {
    const buffered = [at(B, 9), at(A, 3), at(A, 4), at(A, 5), at(A, 6)];
    expect(replayAfter(at(A, 4), buffered)).toEqual([at(A, 5), at(A, 6)]);
    expect(replayAfter(at(A, 6), buffered)).toEqual([]);
  });

  test('a hole after the snapshot asks for another one, a hole before it does not matter', () => {
    expect(replayAfter(at(A, 4), [at(A, 5), at(A, 7)])).toBeUndefined();
    expect(replayAfter(at(A, 4), [at(A, 6)])).toBeUndefined();
    expect(replayAfter(at(A, 7), [at(A, 5), at(A, 7), at(A, 8)])).toEqual([at(A, 8)]);
  });
});

describe('what heartbeats tell', () => {
  test('few guilds are all named each time', () => {
    const ledger = new SequenceLedger();
    for (let index = 0; index < 900; index++) ledger.record(guild(index), index);
    expect(Object.keys(ledger.next()).length).toBe(900);
    expect(ledger.next()[guild(899)]).toBe(899);
  });

  test('of many, those that changed last each time and the others in turn, within the size of an event', () => {
    const ledger = new SequenceLedger();
    for (let index = 0; index < 5_000; index++) ledger.record(guild(index), 1);
    ledger.touch(guild(0));
    ledger.record(guild(1), 2);
    const seen = new Set<string>();
    for (let beat = 0; beat < 9; beat++) {
      const named = ledger.next();
      expect(named).toMatchObject({ [guild(0)]: 1, [guild(1)]: 2 });
      expect(Object.keys(named).length).toBe(1_000);
      for (const guildId of Object.keys(named)) seen.add(guildId);
    }
    expect(seen.size).toBe(5_000);
  });

  test('the memory is bounded: the guild that changed longest ago is forgotten', () => {
    const ledger = new SequenceLedger();
    for (let index = 0; index < 20_001; index++) ledger.record(guild(index), 1);
    const seen = new Set<string>();
    for (let beat = 0; beat < 40; beat++) for (const guildId of Object.keys(ledger.next())) seen.add(guildId);
    expect(seen.size).toBe(20_000);
    expect(seen.has(guild(0))).toBe(false);
  });
});
