import { PlayerError, type RequestKey } from '@bandstand/protocol';
import { expect, test } from 'vitest';
import { RequestLedger } from './request-ledger.ts';

const KEY = 'interaction:add' as RequestKey;

function ledger() {
  return new RequestLedger<number>({ max: 10, ttlMs: 60_000 });
}

test('no-request-id: a request delivered twice has one effect and one reply', async () => {
  const requests = ledger();
  let effects = 0;
  const effect = async () => ++effects;
  await expect(requests.once(KEY, effect)).resolves.toBe(1);
  await expect(requests.once(KEY, effect)).resolves.toBe(1);
  expect(effects).toBe(1);
});

test('a repeat that arrives while the first still runs joins it', async () => {
  const requests = ledger();
  const gate = Promise.withResolvers<number>();
  let effects = 0;
  const effect = () => {
    effects++;
    return gate.promise;
  };
  const both = [requests.once(KEY, effect), requests.once(KEY, effect)];
  gate.resolve(7);
  await expect(Promise.all(both)).resolves.toEqual([7, 7]);
  expect(effects).toBe(1);
});

test('a lasting failure is the stored reply; a passing one may be tried again', async () => {
  const requests = ledger();
  const lasting = () => Promise.reject(new PlayerError('NOTHING_PLAYING', 'nothing'));
  await expect(requests.once(KEY, lasting)).rejects.toMatchObject({ code: 'NOTHING_PLAYING' });
  await expect(requests.once(KEY, async () => 1)).rejects.toMatchObject({ code: 'NOTHING_PLAYING' });

  const other = 'interaction:skip' as RequestKey;
  const passing = () => Promise.reject(new PlayerError('PLAYER_BUSY', 'full'));
  await expect(requests.once(other, passing)).rejects.toMatchObject({ code: 'PLAYER_BUSY' });
  await expect(requests.once(other, async () => 2)).resolves.toBe(2);
});
