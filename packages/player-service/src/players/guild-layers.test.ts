import { PlayerError } from '@bandstand/protocol';
import { expect, test } from 'vitest';
import type { LoadResult } from '../sources/source.ts';
import { ScriptedGuild } from './fixtures/scripted-guild.ts';
import { scriptedTrack, settle } from './scripted-ports.ts';

async function playing(): Promise<ScriptedGuild> {
  const guild = new ScriptedGuild();
  guild.engine.framesPerTrack = 1_000;
  await guild.join();
  await guild.play('music');
  await guild.link.tick(10);
  guild.engine.framesPerTrack = 20;
  return guild;
}

test('an overlay is heard over the music, which goes on under it and afterwards', async () => {
  const guild = await playing();
  const key = await guild.lay('gong', { duck_db: 20, attack_ms: 100, release_ms: 300 });
  const gong = guild.engine.playback('/gong');
  expect(gong.layer?.plan).toEqual({
    bedGain: 0.1,
    attackMs: 100,
    releaseMs: 300,
    holdsBed: false,
    fades: false,
  });
  expect(gong.options.tailMs).toBe(300);
  await guild.link.tick();
  expect(guild.state.layer).toEqual({ layer_id: key, mode: 'overlay', title: 'gong', duration: 1 });
  await guild.link.tick(29);
  expect(guild.told()).toEqual(['started music', 'layer gong', 'layer finished']);
  expect(guild.state).toMatchObject({ layer: null, position: { position_ms: 40 * 20 } });
  expect(gong.closed).toBe(true);
  expect(guild.link.counts.sent).toBe(40);
});

test('alone it is heard where nothing plays, and keeps the player from leaving meanwhile', async () => {
  const guild = new ScriptedGuild();
  guild.engine.framesPerTrack = 20;
  await guild.join();
  await guild.lay('gong');
  await guild.link.tick(10);
  guild.clock.advance(60_000);
  await settle();
  expect(guild.link.channelId).not.toBeNull();
  await guild.link.tick(11);
  expect(guild.told()).toEqual(['layer gong', 'layer finished']);
  expect(guild.link.source).toBeUndefined();
  guild.clock.advance(60_000);
  await settle();
  expect(guild.told().at(-1)).toBe('stop idle');
});

test('the music ends, is skipped, paused and goes on under it', async () => {
  const guild = await playing();
  guild.engine.framesPerTrack = 100;
  await guild.play('next');
  await guild.lay('gong', { mode: 'priority' });
  await guild.link.tick(5);
  const bed = () => guild.engine.playback('/gong').layer?.bed;

  guild.player.playback.pause();
  await settle();
  expect(bed()).toBeUndefined();
  expect(guild.link.paused).toBe(false);
  guild.player.playback.resume();
  await settle();
  expect(bed()).toBe(guild.engine.playback('/music'));
  guild.player.playback.skip(null);
  await settle();
  expect(bed()).toBe(guild.engine.playback('/next'));
  await guild.link.tick(5);
  expect(guild.told().slice(-2)).toEqual(['stopped music', 'started next']);

  guild.player.queue.clear(true);
  await settle();
  expect(bed()).toBeUndefined();
  await guild.link.tick(90);
  expect(guild.told().at(-1)).toBe('layer finished');
});

test('music that is paused when it ends stays paused', async () => {
  const guild = await playing();
  guild.player.playback.pause();
  await guild.lay('gong');
  expect(guild.link.paused).toBe(false);
  await guild.link.tick(21);
  expect(guild.told().at(-1)).toBe('layer finished');
  expect(guild.link.paused).toBe(true);
  expect(guild.state.player_status).toBe('paused');
});

test('a later one ends it, one with priority only by another with priority', async () => {
  const guild = await playing();
  await guild.lay('first');
  await guild.link.tick(3);
  await guild.lay('second', { mode: 'priority' });
  await guild.link.tick(3);
  expect(guild.told().slice(1)).toEqual(['layer first', 'layer replaced', 'layer second']);
  await expect(guild.lay('third')).rejects.toMatchObject({ code: 'LAYER_BUSY' });
  await guild.lay('fourth', { mode: 'priority' });
  await guild.link.tick(3);
  expect(guild.told().slice(4)).toEqual(['layer replaced', 'layer fourth']);
});

test('is stopped by its name, also before it is heard; another name stops nothing', async () => {
  const guild = await playing();
  const key = await guild.lay('gong');
  await guild.link.tick(3);
  expect(guild.player.layers.stop('another')).toEqual({ changed: false });
  expect(guild.player.layers.stop(key)).toEqual({ changed: true });
  await guild.link.tick(2);
  expect(guild.told().at(-1)).toBe('layer stopped');
  expect(guild.player.layers.stop(null)).toEqual({ changed: false });

  guild.player.layers.play(key, { ...defaults, query: 'slow' });
  await settle();
  expect(guild.player.layers.stop(null)).toEqual({ changed: true });
  await settle();
  expect(guild.told().filter((line) => line.startsWith('layer'))).toEqual([
    'layer gong',
    'layer stopped',
    'layer stopped',
  ]);
  expect(guild.told().filter((line) => line.startsWith('error'))).toEqual([]);
});

const defaults = { mode: 'overlay', volume_percent: 100, attack_ms: 200, release_ms: 800 } as const;

test.each<[string, LoadResult | PlayerError, string]>([
  ['a live stream', { type: 'track', track: scriptedTrack('x', { isLive: true }) }, 'LAYER_UNSUITABLE'],
  [
    'a long track',
    { type: 'track', track: scriptedTrack('x', { durationMs: 3_600_000 }) },
    'LAYER_UNSUITABLE',
  ],
  ['a playlist', { type: 'playlist', name: 'x', tracks: noTracks() }, 'LAYER_UNSUITABLE'],
  ['nothing', { type: 'empty' }, 'NOTHING_FOUND'],
  ['an address that is not allowed', new PlayerError('ADDRESS_NOT_ALLOWED', 'inside'), 'ADDRESS_NOT_ALLOWED'],
])('a query that leads to %s is told with its reason, and the music goes on', async (_what, answer, code) => {
  const guild = await playing();
  guild.sources.answers.set('x', answer);
  await guild.lay('x');
  expect(guild.told().slice(1)).toEqual([`error ${code} none`, 'layer loadFailed']);
  expect(guild.player.layers.isIdle).toBe(true);
  await guild.link.tick(5);
  expect(guild.link.counts.sent).toBe(15);
});

test('needs a voice session, and goes with it', async () => {
  const alone = new ScriptedGuild();
  await expect(alone.lay('gong')).rejects.toMatchObject({ code: 'NOT_IN_VOICE' });
  const guild = await playing();
  await guild.lay('gong');
  await guild.link.tick(3);
  guild.player.voice.disconnect();
  await settle();
  expect(guild.told()).toContain('layer stopped');
  expect(guild.engine.playback('/gong').closed).toBe(true);
});

test('a reset ends it, and destroying closes what is open', async () => {
  const guild = await playing();
  await guild.lay('gong');
  await guild.link.tick(3);
  guild.player.reset();
  await settle();
  expect(guild.told()).toContain('layer cleanup');
  const other = await playing();
  await other.lay('gong');
  other.player.destroy();
  expect(other.engine.opened.every(({ closed }) => closed)).toBe(true);
});

test('its volume is that of the guild and its own', async () => {
  const guild = await playing();
  guild.player.sound.setVolume(50);
  await guild.lay('gong', { volume_percent: 150 });
  expect(guild.engine.playback('/gong').options.sound.volumePercent).toBe(75);
});

async function* noTracks() {}
