import type { EntryId } from '@bandstand/protocol';
import { ManualClock } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { NEUTRAL_SOUND } from './guild-sound.ts';
import { Prefetch } from './prefetch.ts';
import type { QueueEntry } from './queue-entry.ts';
import { ScriptedLoudness } from './scripted-loudness.ts';
import { ScriptedEngine, ScriptedLink, ScriptedSources, scriptedTrack, settle } from './scripted-ports.ts';
import { TrackGains } from './track-gains.ts';
import { TrackOpener } from './track-opener.ts';
import { TrackPlayer } from './track-player.ts';

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
    const gains = new TrackGains({
      loudness: new ScriptedLoudness(),
      targetLufs: -16,
      share: 'guild',
      clock: new ManualClock(),
    });
    this.prefetch = new Prefetch(opener, gains);
    this.player = new TrackPlayer({
      opener,
      prefetch: this.prefetch,
      gains,
      output: this.link,
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
