import { type EntryId, PlayerError } from '@bandstand/protocol';
import { ManualClock } from '@bandstand/test-support';
import { describe, expect, test } from 'vitest';
import { crossfadeMsBetween } from './crossfade-length.ts';
import { NEUTRAL_SOUND } from './guild-sound.ts';
import { Prefetch } from './prefetch.ts';
import type { QueueEntry } from './queue-entry.ts';
import { ScriptedLoudness } from './scripted-loudness.ts';
import { ScriptedEngine, ScriptedLink, ScriptedSources, scriptedTrack, settle } from './scripted-ports.ts';
import { TrackOpener } from './track-opener.ts';
import { TrackPlayer } from './track-player.ts';
import { TrackSounds } from './track-sounds.ts';

const FRAMES = 50;

/** A track player in a channel, and nobody who reacts to what it tells. */
class Stage {
  readonly link = new ScriptedLink();
  readonly engine = new ScriptedEngine();
  readonly prefetch: Prefetch;
  readonly player: TrackPlayer;
  readonly told: string[] = [];

  constructor() {
    const opener = new TrackOpener({
      sources: new ScriptedSources(),
      engine: this.engine,
      clock: new ManualClock(),
      share: 'guild',
      firstFrames: 1,
      attempts: 1,
      backoffMs: 100,
    });
    const sounds = new TrackSounds({
      loudness: new ScriptedLoudness(),
      targetLufs: -16,
      share: 'guild',
      clock: new ManualClock(),
    });
    this.prefetch = new Prefetch(opener, sounds);
    this.player = new TrackPlayer({
      opener,
      prefetch: this.prefetch,
      sounds,
      output: this.link,
      clock: new ManualClock(),
      recoveries: 2,
      healthyMs: 10_000,
    });
    this.player.on('started', (entry) => this.told.push(`started ${entry.entryId}`));
    this.player.on('finished', (entry, positionMs) =>
      this.told.push(`finished ${entry.entryId} ${positionMs}`),
    );
    this.link.status = 'ready';
  }

  /** The first plays up to its last frame, the second is ready. */
  async nearTheEnd(first: QueueEntry, second: QueueEntry): Promise<void> {
    this.player.play(first);
    this.prefetch.open(second, NEUTRAL_SOUND);
    await settle();
    await this.link.tick(FRAMES - 1);
  }
}

function entry(name: string): QueueEntry {
  return {
    entryId: name as EntryId,
    track: scriptedTrack(name),
    requester: { id: null, name: 'somebody' },
    requestKey: null,
    ticket: 0,
  };
}

const [A, B, C] = [entry('a'), entry('b'), entry('c')];

test('what was made ready is heard in the very next tick, also when nobody found the time to ask for it', async () => {
  const stage = new Stage();
  await stage.nearTheEnd(A, B);
  await stage.link.tick(3);
  expect(stage.link.counts.sent).toBe(FRAMES + 2);
  expect(stage.told).toEqual(['started a', 'finished a 1000', 'started b']);
  expect(stage.player.positionMs).toBe(1_000); // of what everybody still takes for the current track

  stage.player.play(B);
  await settle();
  expect(stage.player.positionMs).toBe(40);
  expect(stage.engine.opened).toHaveLength(2);
  expect(stage.engine.playback('/a').closed).toBe(true);
  await stage.link.tick(FRAMES - 2);
  expect(stage.told.at(-1)).toBe('finished b 1000');
});

test('whoever wants something else in its place gets that', async () => {
  const stage = new Stage();
  await stage.nearTheEnd(A, B);
  await stage.link.tick(2);
  stage.player.play(C);
  await settle();
  await stage.link.tick();
  expect(stage.told).toEqual(['started a', 'finished a 1000', 'started b', 'started c']);
  expect(stage.player.positionMs).toBe(20);
  expect(stage.engine.playback('/b').closed).toBe(true);
});

test('asked to begin paused, it stands still', async () => {
  const stage = new Stage();
  await stage.nearTheEnd(A, B);
  await stage.link.tick(2);
  stage.player.play(B, { paused: true });
  await stage.link.tick(5);
  expect(stage.player.state.status).toBe('paused');
  expect(stage.player.positionMs).toBe(20);
});

test('what failed while it waited is not heard, but opened again when asked for', async () => {
  const stage = new Stage();
  await stage.nearTheEnd(A, B);
  stage.engine.playback('/b').status = 'failed';
  await stage.link.tick(2);
  expect(stage.player.state.status).toBe('idle');
  stage.player.play(B);
  await settle();
  await stage.link.tick();
  expect(stage.told).toEqual(['started a', 'finished a 1000', 'started b']);
});

describe('with a crossfade', () => {
  const FADE_MS = 200;
  const FADE_FRAMES = FADE_MS / 20;

  async function nearTheFade(first = A, second = B): Promise<Stage> {
    const stage = new Stage();
    stage.player.setSound({ ...NEUTRAL_SOUND, crossfadeMs: FADE_MS });
    stage.player.play(first);
    await settle();
    await stage.link.tick(FRAMES - FADE_FRAMES);
    stage.prefetch.open(second, stage.player.sound);
    await settle();
    return stage;
  }

  test('both are heard at the end of the first, and the second goes on where it was heard last', async () => {
    const stage = await nearTheFade();
    expect(stage.engine.playback('/a').blend).toEqual({ next: stage.engine.playback('/b'), overMs: FADE_MS });
    await stage.link.tick(FADE_FRAMES);
    expect(stage.told).toEqual(['started a', 'finished a 1000']);
    stage.player.play(B);
    await stage.link.tick();
    expect(stage.told.at(-1)).toBe('started b');
    expect(stage.player.positionMs).toBe(FADE_MS + 20);
    expect(stage.engine.opened).toHaveLength(2);
  });

  test('a skip in the middle of it goes on with the second one where it was heard last', async () => {
    const stage = await nearTheFade();
    await stage.link.tick(FADE_FRAMES / 2);
    stage.player.stop();
    stage.player.play(B);
    await settle();
    await stage.link.tick();
    expect(stage.player.positionMs).toBe(FADE_MS / 2 + 20);
    expect(stage.engine.opened).toHaveLength(2);
  });

  test('a seek in the middle of it lets the second one begin anew', async () => {
    const stage = await nearTheFade();
    await stage.link.tick(FADE_FRAMES / 2);
    stage.player.seek(500);
    await settle();
    expect(stage.engine.opened[1]?.closed).toBe(true);
    expect(stage.engine.playback('/a').blend).toBeUndefined();
    stage.prefetch.open(B, stage.player.sound);
    await settle();
    expect(stage.engine.playback('/a').blend?.next).toBe(stage.engine.playback('/b'));
    expect(stage.engine.playback('/b').positionMs).toBe(0);
  });

  test('a seek before it keeps what is ready', async () => {
    const stage = await nearTheFade();
    stage.player.seek(500);
    await settle();
    expect(stage.engine.opened.map(({ path }) => path)).toEqual(['/a', '/b', '/a']);
    expect(stage.engine.playback('/a').blend?.next).toBe(stage.engine.playback('/b'));
  });

  test('when something else is to follow, the first one goes on alone, and then into that', async () => {
    const stage = await nearTheFade();
    await stage.link.tick(FADE_FRAMES / 2);
    stage.prefetch.keepOnly(C);
    expect(stage.engine.playback('/a').blend).toBeUndefined();
    expect(stage.engine.playback('/b').closed).toBe(true);
    stage.prefetch.open(C, stage.player.sound);
    await settle();
    expect(stage.engine.playback('/a').blend?.next).toBe(stage.engine.playback('/c'));
  });

  test('its length follows the setting, half of the shorter track at most, and none with a live stream', async () => {
    const stage = await nearTheFade();
    const overMs = () => stage.engine.playback('/a').blend?.overMs;
    stage.player.setSound({ ...NEUTRAL_SOUND, crossfadeMs: 12_000 });
    expect(overMs()).toBe(500);
    stage.player.setSound(NEUTRAL_SOUND);
    expect(overMs()).toBe(0);
    expect(crossfadeMsBetween(A.track, { ...B.track, durationMs: 60 }, 200)).toBe(30);
    expect(crossfadeMsBetween({ ...A.track, isLive: true }, B.track, 200)).toBe(0);
    expect(crossfadeMsBetween(A.track, { ...B.track, isLive: true }, 200)).toBe(0);
    expect(crossfadeMsBetween(A.track, { ...B.track, durationMs: undefined }, 200)).toBe(200);
  });

  test('what cannot be opened is not waited for: the first one just ends', async () => {
    const stage = new Stage();
    stage.engine.failures.set('/b', [new PlayerError('MEDIA_BROKEN', 'broken')]);
    stage.player.setSound({ ...NEUTRAL_SOUND, crossfadeMs: FADE_MS });
    stage.player.play(A);
    stage.prefetch.open(B, stage.player.sound);
    await settle();
    await stage.link.tick(FRAMES);
    expect(stage.told).toEqual(['started a', 'finished a 1000']);
    expect(stage.player.state.status).toBe('idle');
  });
});
