import { describe, expect, test } from 'vitest';
import { FRAME_MS, SILENCE_FRAME } from '../audio/frame.ts';
import { NumberedSource } from './fixtures/frames.ts';
import { ENDED, HEALED } from './fixtures/healing-rows.ts';
import { OTHER_CHANNEL, SimulatedGuild } from './fixtures/simulated-guild.ts';
import { until } from './fixtures/until.ts';
import { MAX_CATCH_UP_FRAMES } from './frame-clock.ts';

type Listener = Awaited<ReturnType<SimulatedGuild['listener']>>;

const DEADLINE_MS = 30_000;

/** A guild in whose encrypted channel music plays, with somebody in the channel next door as well. */
async function playing() {
  const guild = await SimulatedGuild.start({ dave: true, isAlone: false });
  const listeners = [
    await guild.listener(),
    await guild.listener(OTHER_CHANNEL, '400000000000000002'),
  ] as const;
  await guild.join();
  guild.session.play(new NumberedSource());
  await until(() => listeners[0].counts.decrypted > 25, 'music');
  return { guild, listeners };
}

/** Everything heard anywhere, silence before pauses left out, in the order it was heard. */
function musicOf(listeners: readonly Listener[]) {
  return listeners
    .flatMap(({ frames }) => frames)
    .filter(({ opus }) => !opus.equals(SILENCE_FRAME))
    .map(({ opus, arrivedAtMs }) => ({ number: opus.readUInt32BE(1), arrivedAtMs }))
    .sort((a, b) => a.arrivedAtMs - b.arrivedAtMs);
}

/** How many frames leave from now on until the session notices that something is wrong. */
function countUnnoticed({ session }: SimulatedGuild): () => number {
  const { sent } = session.frames;
  let noticedAt = sent;
  session.once('change', () => {
    noticedAt = session.frames.sent;
  });
  return () => noticedAt - sent;
}

function wasLostAndIsReady({ statuses, session }: SimulatedGuild): boolean {
  return statuses.includes('recovering') && session.status === 'ready';
}

describe.concurrent('what befalls a session that plays', () => {
  test.each(HEALED)(
    '$loss: heard again within $silenceMs ms by itself, after $asks questions to Discord',
    { timeout: 2 * DEADLINE_MS },
    async (row) => {
      const { guild, listeners } = await playing();
      await using _ = guild;
      const asked = guild.joins;
      const leftUnnoticed = countUnnoticed(guild);
      await row.happens(guild);
      const { isMended = wasLostAndIsReady } = row;
      await until(() => isMended(guild), 'mended', DEADLINE_MS);
      const { length } = musicOf(listeners);
      await until(() => musicOf(listeners).length > length + 25, 'music again');

      expect(guild.joins - asked).toBe(row.asks);
      expect(guild.session.repairs.rejoins).toBe(row.asks);
      const recorded = guild.log.filter((line) => 'loss' in line && 'frames' in line);
      expect(recorded).toHaveLength(row.asks);
      const heard = musicOf(listeners);
      const silences = heard.map(
        ({ arrivedAtMs }, index) => arrivedAtMs - (heard[index - 1]?.arrivedAtMs ?? arrivedAtMs),
      );
      expect(Math.max(...silences)).toBeLessThan(row.silenceMs);
      const numbers = heard.map(({ number }) => number);
      expect(numbers).toEqual([...new Set(numbers)].sort((a, b) => a - b));
      const lost = (numbers.at(-1) ?? 0) + 1 - numbers.length;
      expect(lost).toBeLessThanOrEqual(leftUnnoticed() + MAX_CATCH_UP_FRAMES);
      if (row.lostMs !== undefined) expect(lost * FRAME_MS).toBeLessThan(row.lostMs);
      for (const { counts } of listeners)
        expect(counts).toMatchObject({ plaintextWhileDave: 0, undecryptable: 0 });
    },
  );

  test.each(ENDED)(
    '$loss: $error within $withinMs ms, without a question to Discord',
    { timeout: DEADLINE_MS },
    async (row) => {
      const { guild } = await playing();
      await using _ = guild;
      const asked = guild.joins;
      const { sent } = guild.session.frames;
      const leftUnnoticed = countUnnoticed(guild);
      const happenedAtMs = performance.now();
      await row.happens(guild);
      await guild.reaches('failed');
      expect(performance.now() - happenedAtMs).toBeLessThan(row.withinMs);
      expect(guild.session.state).toMatchObject({ status: 'failed', error: { code: row.error } });
      expect(guild.joins).toBe(asked);
      expect(guild.session.frames.sent - sent).toBe(leftUnnoticed());
    },
  );

  test('a voice server that stops answering repeated questions costs two short gaps, then it is left in peace', {
    timeout: 2 * DEADLINE_MS,
  }, async () => {
    const { guild, listeners } = await playing();
    await using _ = guild;
    const { withhold } = guild.server.faults;
    const lost = () => guild.session.status === 'recovering';
    for (let time = 0; time < 2; time++) {
      withhold.ipDiscoveryReply = Number.POSITIVE_INFINITY;
      await until(lost, 'believed', DEADLINE_MS);
      withhold.ipDiscoveryReply = 0;
      await guild.reaches('ready');
      const { length } = musicOf(listeners);
      await until(() => musicOf(listeners).length > length + 25, 'music again');
    }
    withhold.ipDiscoveryReply = Number.POSITIVE_INFINITY;
    const { length } = musicOf(listeners);
    await until(() => musicOf(listeners).length > length + 300, 'six seconds of music');
    expect(guild.session.repairs.rejoins).toBe(2);
    expect(guild.session.status).toBe('ready');
  });
});
