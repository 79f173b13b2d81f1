import { expect, test } from 'vitest';
import { ScriptedGuild } from './fixtures/scripted-guild.ts';
import type { GuildTurns } from './ports.ts';
import { settle } from './scripted-ports.ts';

const FADE_FRAMES = 10;
const FRAMES = 50;

/** Two tracks of a second, the first before its last fifth, in which both are to be heard. */
async function beforeTheFade(turns?: GuildTurns): Promise<ScriptedGuild> {
  const guild = new ScriptedGuild(turns);
  await guild.join();
  guild.player.sound.setCrossfade(FADE_FRAMES * 20);
  await guild.play('first');
  await guild.play('second');
  await guild.link.tick(FRAMES - FADE_FRAMES);
  guild.clock.advance(1_000); // the next look at what follows
  await settle();
  expect(guild.engine.playback('/first').blend?.next).toBe(guild.engine.playback('/second'));
  return guild;
}

test('what is stored during a crossfade is the first track, and after it the second from where it was heard last', async () => {
  const guild = await beforeTheFade();
  await guild.link.tick(FADE_FRAMES / 2);
  expect(guild.player.position).toMatchObject({ entryId: 'entry-1', positionMs: (FRAMES - 5) * 20 });
  expect(guild.player.stored.current).toMatchObject({ track: { title: 'first' } });
  await guild.link.tick(FADE_FRAMES / 2 + 1);
  expect(guild.player.position).toMatchObject({ entryId: 'entry-2', positionMs: (FADE_FRAMES + 1) * 20 });
  expect(guild.told()).toEqual(['started first', 'finished first', 'started second']);
  const started = guild.events.findLast(({ action }) => action === 'SONG_STARTED');
  expect(started?.data).toMatchObject({ position_ms: (FADE_FRAMES + 1) * 20 });
  expect(guild.state).toMatchObject({ history_length: 1, current_song: { title: 'second' } });
});

test('while the end of the first waits to be stored, the second is heard, and the place of neither is mistaken for the other', async () => {
  const waiting: (() => void)[] = [];
  let isSlow = false;
  const guild = await beforeTheFade({
    happened: async (apply) => {
      if (isSlow) await new Promise<void>((resolve) => waiting.push(resolve));
      return apply();
    },
    observed: async (tell) => tell(),
  });
  isSlow = true;
  await guild.link.tick(FADE_FRAMES + 5);
  expect(guild.link.counts.sent).toBe(FRAMES + 5);
  expect(guild.player.position).toMatchObject({ entryId: 'entry-1', positionMs: FRAMES * 20 });
  for (const go of waiting) go();
  await settle();
  expect(guild.player.position).toMatchObject({ entryId: 'entry-2', positionMs: (FADE_FRAMES + 5) * 20 });
  expect(guild.engine.opened).toHaveLength(2);
});

test('a pause in the middle of it holds both', async () => {
  const guild = await beforeTheFade();
  await guild.link.tick(FADE_FRAMES / 2);
  guild.player.playback.pause();
  await guild.link.tick(20);
  expect(guild.engine.playback('/second').positionMs).toBe((FADE_FRAMES / 2) * 20);
  guild.player.playback.resume();
  await guild.link.tick(FADE_FRAMES / 2 + 1);
  expect(guild.told().at(-1)).toBe('started second');
  expect(guild.player.position.positionMs).toBe((FADE_FRAMES + 1) * 20);
});

test('a skip in the middle of it is one of the first track, and goes on with the second where it was heard last', async () => {
  const guild = await beforeTheFade();
  await guild.link.tick(FADE_FRAMES / 2);
  guild.player.playback.skip(null);
  await settle();
  await guild.link.tick();
  expect(guild.told()).toEqual(['started first', 'stopped first', 'started second']);
  expect(guild.player.position.positionMs).toBe((FADE_FRAMES / 2 + 1) * 20);
  expect(guild.engine.opened).toHaveLength(2);
});

test('when the second is taken out of the queue in the middle of it, the first goes on alone', async () => {
  const guild = await beforeTheFade();
  await guild.link.tick(FADE_FRAMES / 2);
  guild.player.queue.clear(false);
  await settle();
  expect(guild.engine.playback('/first').blend).toBeUndefined();
  expect(guild.engine.playback('/second').closed).toBe(true);
  await guild.link.tick(FADE_FRAMES / 2);
  expect(guild.told()).toEqual(['started first', 'finished first', 'idle']);
});
