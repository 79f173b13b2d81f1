import type { EntryId } from '@bandstand/protocol';
import { ManualClock } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { NEUTRAL_SOUND } from './guild-sound.ts';
import { Prefetch } from './prefetch.ts';
import type { QueueEntry } from './queue-entry.ts';
import { ScriptedLoudness } from './scripted-loudness.ts';
import { ScriptedEngine, ScriptedLink, ScriptedSources, scriptedTrack, settle } from './scripted-ports.ts';
import { TrackOpener } from './track-opener.ts';
import { TrackPlayer } from './track-player.ts';
import { TrackSounds } from './track-sounds.ts';

const FADE_FRAMES = 2;
const [A, B] = [entry('a'), entry('b')];

/** A track player in a channel that plays A, which takes two frames to fall silent. */
class Stage {
  readonly clock = new ManualClock();
  readonly link = new ScriptedLink();
  readonly engine = new ScriptedEngine();
  readonly prefetch: Prefetch;
  readonly player: TrackPlayer;

  static async playing(): Promise<Stage> {
    const stage = new Stage();
    stage.player.play(A);
    await settle();
    stage.engine.playback('/a').fadeFrames = FADE_FRAMES;
    await stage.link.tick(5);
    return stage;
  }

  private constructor() {
    const { clock, engine } = this;
    const share = 'guild';
    const sources = new ScriptedSources();
    const opener = new TrackOpener({
      sources,
      engine,
      clock,
      share,
      firstFrames: 1,
      attempts: 1,
      backoffMs: 1,
    });
    const sounds = new TrackSounds({ loudness: new ScriptedLoudness(), targetLufs: -16, share, clock });
    this.prefetch = new Prefetch(opener, sounds);
    const recovery = { recoveries: 2, healthyMs: 10_000 };
    const { prefetch, link: output } = this;
    this.player = new TrackPlayer({ opener, prefetch, sounds, output, clock, ...recovery });
    this.link.status = 'ready';
  }
}

function entry(name: string): QueueEntry {
  const requester = { id: null, name: 'somebody' };
  return { entryId: name as EntryId, track: scriptedTrack(name), requester, requestKey: null, ticket: 0 };
}

test('a pause holds at once, and its frames end when it has faded', async () => {
  const { player, link } = await Stage.playing();
  expect(player.pause()).toBe(true);
  expect(player.state.status).toBe('paused');
  expect(link.paused).toBe(false);
  await link.tick(5);
  expect(link.paused).toBe(true);
  expect(link.counts.sent).toBe(5 + FADE_FRAMES);
  player.resume();
  await link.tick(3);
  expect(link.counts.sent).toBe(8 + FADE_FRAMES);
});

test('a pause that is taken back before it has faded is none', async () => {
  const { player, link, clock } = await Stage.playing();
  player.pause();
  await link.tick(1);
  player.resume();
  clock.advance(1_000);
  await link.tick(5);
  expect(link.paused).toBe(false);
  expect(link.counts.sent).toBe(11);
});

test('a pause while nobody takes frames holds all the same', async () => {
  const { player, link, clock } = await Stage.playing();
  player.pause();
  clock.advance(200);
  expect(link.paused).toBe(true);
});

test('a track that is stopped is heard until it has faded, then closed', async () => {
  const { player, link, engine } = await Stage.playing();
  player.stop();
  expect(player.state.status).toBe('idle');
  expect(engine.playback('/a').closed).toBe(false);
  await link.tick(5);
  expect(link.counts.sent).toBe(5 + FADE_FRAMES);
  expect(engine.playback('/a').closed).toBe(true);
  expect(link.source).toBeUndefined();
});

test('a track that is stopped while nobody takes its frames is closed all the same', async () => {
  const { player, engine, clock } = await Stage.playing();
  player.stop();
  clock.advance(200);
  expect(engine.playback('/a').closed).toBe(true);
});

test('behind a skip the next track begins in the tick after the last one has faded', async () => {
  const { player, link, engine, prefetch } = await Stage.playing();
  prefetch.open(B, NEUTRAL_SOUND);
  await settle();
  player.stop();
  player.play(B);
  await settle();
  expect(player.state).toMatchObject({ status: 'playing', entry: B });
  await link.tick(FADE_FRAMES + 1);
  expect(engine.playback('/a').closed).toBe(true);
  expect(player.positionMs).toBe(20);
  expect(engine.playback('/b').comesIn).toBe(true);
  expect(link.counts.sent).toBe(5 + FADE_FRAMES + 1);
});

test('a track that is skipped before it was heard leaves no trace', async () => {
  const { player, link, engine, prefetch } = await Stage.playing();
  prefetch.open(B, NEUTRAL_SOUND);
  await settle();
  player.play(B);
  await settle();
  player.stop();
  expect(engine.playback('/b').closed).toBe(true);
  await link.tick(5);
  expect(link.counts.sent).toBe(5 + FADE_FRAMES);
  expect(link.source).toBeUndefined();
});

test('a seek fades, and waits with the new place until it has', async () => {
  const { player, link, engine } = await Stage.playing();
  player.seek(500);
  await settle();
  await link.tick(FADE_FRAMES);
  expect(engine.opened[0]?.closed).toBe(true);
  await link.tick(1);
  expect(player.positionMs).toBe(520);
});

test('one that is destroyed is silent at once', async () => {
  const { player, link, engine } = await Stage.playing();
  player.stop();
  player.destroy();
  expect(engine.playback('/a').closed).toBe(true);
  expect(link.source).toBeUndefined();
});
