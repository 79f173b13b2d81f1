import type { EntryId } from '@bandstand/protocol';
import { ManualClock } from '@bandstand/test-support';
import { expect, onTestFinished, test } from 'vitest';
import type { SoundSettings } from '../audio/sound.ts';
import type { Track } from '../sources/source.ts';
import { NEUTRAL_SOUND } from './guild-sound.ts';
import { Prefetch } from './prefetch.ts';
import type { QueueEntry } from './queue-entry.ts';
import { ScriptedLoudness } from './scripted-loudness.ts';
import { ScriptedEngine, ScriptedLink, ScriptedSources, scriptedTrack, settle } from './scripted-ports.ts';
import { TrackOpener } from './track-opener.ts';
import { TrackPlayer } from './track-player.ts';
import { TrackSounds } from './track-sounds.ts';

const NORMALISED = { ...NEUTRAL_SOUND, normalize: true };
const TARGET_LUFS = -16;

/** A track player in a channel, with its prefetch. */
class Stage {
  readonly clock = new ManualClock();
  readonly loudness = new ScriptedLoudness();
  readonly link = new ScriptedLink();
  readonly engine = new ScriptedEngine();
  readonly prefetch: Prefetch;
  readonly player: TrackPlayer;

  constructor({ normalize = true } = {}) {
    const { clock, loudness } = this;
    const sounds = new TrackSounds({ loudness, targetLufs: TARGET_LUFS, share: 'guild', clock });
    const opener = new TrackOpener({
      sources: new ScriptedSources(),
      engine: this.engine,
      clock,
      share: 'guild',
      firstFrames: 1,
      attempts: 1,
      backoffMs: 100,
    });
    this.prefetch = new Prefetch(opener, sounds);
    this.player = new TrackPlayer({
      opener,
      prefetch: this.prefetch,
      sounds,
      output: this.link,
      clock: this.clock,
      recoveries: 2,
      healthyMs: 10_000,
    });
    if (normalize) this.player.setSound(NORMALISED);
    this.link.status = 'ready';
    onTestFinished(() => {
      this.player.destroy();
      this.prefetch.close();
      expect(clock.pending).toBe(0);
    });
  }

  /** How the newest playback of the track sounds. */
  sound(name: string): SoundSettings {
    return this.engine.playback(`/${name}`).sound;
  }

  async play(entry: QueueEntry): Promise<void> {
    this.player.play(entry);
    await settle();
  }
}

function entry(name: string, options: Partial<Track> = {}): QueueEntry {
  return {
    entryId: name as EntryId,
    track: scriptedTrack(name, options),
    requester: { id: null, name: 'somebody' },
    requestKey: null,
    ticket: 0,
  };
}

function loud(integratedLufs: number): { integratedLufs: number; truePeakDb: number } {
  return { integratedLufs, truePeakDb: integratedLufs + 6 };
}

const [A, B, C] = [entry('a'), entry('b'), entry('c')];

test('a track whose loudness is known has its gain from the first frame on', async () => {
  const stage = new Stage();
  stage.loudness.known.set('a', loud(-9));
  await stage.play(A);
  expect(stage.sound('a')).toMatchObject({ gainDb: -7, volumePercent: 100, levelling: false });
});

test('a track that is at the target already is left as it is', async () => {
  const stage = new Stage();
  stage.loudness.known.set('a', loud(-16.4));
  await stage.play(A);
  expect(stage.sound('a').gainDb).toBe(0);
});

test('a guild that does not want it is asked for nothing, and nothing is measured', async () => {
  const stage = new Stage({ normalize: false });
  stage.loudness.known.set('a', loud(-9));
  await stage.play(A);
  stage.prefetch.warm(B);
  await settle();
  await stage.link.tick(2);
  expect(stage.sound('a').gainDb).toBe(0);
  expect(stage.loudness.recalled).toEqual([]);
  expect([...stage.loudness.measuring.keys()]).toEqual([]);
});

test('an unknown track is measured once it plays, in the turn of its guild', async () => {
  const stage = new Stage();
  stage.player.play(A);
  expect([...stage.loudness.measuring.keys()]).toEqual([]);
  await settle();
  expect(stage.loudness.recalled).toEqual(['a']);
  expect(stage.loudness.measuring.get('a')).toMatchObject({ share: 'guild' });
});

test('a gain that is known before the first frame left is there at once', async () => {
  const stage = new Stage();
  await stage.play(A);
  stage.loudness.finish('a', -22);
  await settle();
  expect(stage.sound('a').gainDb).toBe(6);
});

test('a gain that becomes known while the track is heard comes in over three seconds', async () => {
  const stage = new Stage();
  await stage.play(A);
  await stage.link.tick(2);
  stage.loudness.finish('a', -22);
  await settle();
  const sounds = [stage.sound('a').gainDb];
  for (let ms = 200; ms < 3_000; ms += 200) {
    stage.clock.advance(200);
    sounds.push(stage.sound('a').gainDb);
  }
  const steps = sounds.map((gainDb, index) => gainDb - (sounds[index - 1] ?? 0));
  expect(Math.max(...steps)).toBeLessThan(0.401);
  expect(Math.min(...steps)).toBeGreaterThan(0.399);
  expect(sounds.at(-1)).toBe(6);
});

test('what follows is looked up and measured while the track before it plays, and opened with its gain', async () => {
  const stage = new Stage();
  stage.loudness.known.set('a', loud(-16));
  await stage.play(A);
  stage.prefetch.warm(B);
  await settle();
  stage.loudness.finish('b', -20);
  await settle();
  stage.prefetch.open(B, stage.player.sound);
  await settle();
  expect(stage.sound('b').gainDb).toBe(4);
  expect(stage.sound('a').gainDb).toBe(0);
});

test('what was made ready before its loudness was known has its gain before it is heard', async () => {
  const stage = new Stage();
  await stage.play(A);
  stage.prefetch.open(B, stage.player.sound);
  await settle();
  expect(stage.sound('b').gainDb).toBe(0);
  stage.loudness.finish('b', -12);
  await settle();
  expect(stage.sound('b').gainDb).toBe(-4);
});

test('a track that follows by itself keeps what is known of it', async () => {
  const stage = new Stage();
  stage.loudness.known.set('a', loud(-16));
  await stage.play(A);
  stage.prefetch.open(B, stage.player.sound);
  await settle();
  stage.loudness.finish('b', -10);
  await stage.link.tick(stage.engine.framesPerTrack + 2);
  expect(stage.player.state).toMatchObject({ status: 'playing', entry: B });
  expect(stage.sound('b').gainDb).toBe(-6);
  expect(stage.loudness.recalled).toEqual(['a', 'b']);
});

test('a live stream is levelled as it goes, and never looked up', async () => {
  const stage = new Stage();
  await stage.play(entry('radio', { isLive: true, durationMs: undefined }));
  await stage.link.tick(2);
  expect(stage.sound('radio')).toMatchObject({ gainDb: 0, levelling: true });
  expect(stage.loudness.recalled).toEqual([]);
  stage.player.setSound(NEUTRAL_SOUND);
  expect(stage.sound('radio').levelling).toBe(false);
});

test('turned on in the middle of a track, what is known comes in; turned off, it goes at once', async () => {
  const stage = new Stage({ normalize: false });
  stage.loudness.known.set('a', loud(-13));
  await stage.play(A);
  await stage.link.tick(2);
  stage.player.setSound(NORMALISED);
  await settle();
  stage.clock.advance(3_000);
  expect(stage.sound('a').gainDb).toBe(-3);
  stage.player.setSound(NEUTRAL_SOUND);
  expect(stage.sound('a').gainDb).toBe(0);
  stage.player.setSound(NORMALISED);
  expect(stage.sound('a').gainDb).toBe(-3);
});

test('with another track in its place, nobody waits for a measurement any more', async () => {
  const stage = new Stage();
  await stage.play(A);
  stage.prefetch.warm(B);
  await settle();
  const signals = ['a', 'b'].map((name) => stage.loudness.measuring.get(name)?.signal);
  expect(signals.map((signal) => signal?.aborted)).toEqual([false, false]);
  await stage.play(C);
  expect(signals.map((signal) => signal?.aborted)).toEqual([true, false]);
  stage.player.destroy();
  expect(signals.map((signal) => signal?.aborted)).toEqual([true, true]);
  expect(stage.loudness.measuring.get('c')?.signal.aborted).not.toBe(false);
});

test('a track that cannot be measured plays as it is, and is not asked for again', async () => {
  const stage = new Stage();
  await stage.play(A);
  stage.loudness.finish('a', undefined);
  await settle();
  await stage.link.tick(5);
  expect(stage.sound('a').gainDb).toBe(0);
  expect([...stage.loudness.measuring.keys()]).toEqual([]);
});
