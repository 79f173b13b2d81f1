import { type EntryId, type ErrorCode, PlayerError } from '@bandstand/protocol';
import { ManualClock } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { Prefetch } from './prefetch.ts';
import type { QueueEntry } from './queue-entry.ts';
import { ScriptedLoudness } from './scripted-loudness.ts';
import { ScriptedEngine, ScriptedLink, ScriptedSources, scriptedTrack, settle } from './scripted-ports.ts';
import { TrackOpener } from './track-opener.ts';
import { TrackPlayer } from './track-player.ts';
import { TrackSounds } from './track-sounds.ts';

const STATION: QueueEntry = {
  entryId: 'station' as EntryId,
  track: scriptedTrack('station', { isLive: true, durationMs: undefined }),
  requester: { id: null, name: 'somebody' },
  requestKey: null,
  ticket: 0,
};

/** A track player in a channel, tuned in to a station that never ends by itself. */
class Stage {
  readonly clock = new ManualClock();
  readonly link = new ScriptedLink();
  readonly engine = new ScriptedEngine();
  readonly player: TrackPlayer;
  readonly told: string[] = [];

  static async tunedIn(): Promise<Stage> {
    const stage = new Stage();
    stage.player.play(STATION);
    await settle();
    return stage;
  }

  private constructor() {
    const { clock, engine } = this;
    engine.framesPerTrack = 1_000_000;
    this.link.status = 'ready';
    const opener = new TrackOpener({
      ...{ sources: new ScriptedSources(), engine, clock, share: 'guild' },
      ...{ firstFrames: 1, attempts: 3, backoffMs: 100 },
    });
    const sounds = new TrackSounds({
      loudness: new ScriptedLoudness(),
      targetLufs: -16,
      share: 'guild',
      clock,
    });
    const prefetch = new Prefetch(opener, sounds);
    const policy = { recoveries: 2, healthyMs: 10_000 };
    this.player = new TrackPlayer({ opener, prefetch, sounds, output: this.link, clock, ...policy });
    this.player.on('started', () => this.told.push('started'));
    this.player.on('title', (_entry, title) => this.told.push(`title ${title}`));
    this.player.on('finished', () => this.told.push('finished'));
    this.player.on('recovering', (_entry, { code, details }, positionMs) =>
      this.told.push(`${code} ${details['attempt']} at ${positionMs}`),
    );
    this.player.on('failed', (_entry, { code, details }) =>
      this.told.push(`failed ${code} ${details['reason'] ?? ''}`.trim()),
    );
  }

  get station() {
    return this.engine.playback('/station');
  }

  /** The connection breaks; whoever listens notices at the next tick. */
  async lose(code: ErrorCode = 'MEDIA_CUT'): Promise<void> {
    this.station.breakOff(new PlayerError(code, 'lost'));
    await this.link.tick();
  }

  /** The next so many tries to open it fail. */
  refuse(...codes: ErrorCode[]): void {
    this.engine.failures.set(
      '/station',
      codes.map((code) => new PlayerError(code, 'refused')),
    );
  }

  async wait(ms: number): Promise<void> {
    this.clock.advance(ms);
    await settle();
  }
}

test('a station that breaks off is opened again after a second, and its time goes on', async () => {
  const stage = await Stage.tunedIn();
  await stage.link.tick(50);
  await stage.lose();
  await stage.wait(999);
  expect(stage.engine.opened).toHaveLength(1);
  await stage.wait(1);
  expect(stage.station.options.startAtMs).toBe(1_000);
  await stage.link.tick(5);
  expect(stage.player.positionMs).toBe(1_100);
  expect(stage.told).toEqual(['started', 'MEDIA_CUT 1 at 1000']);
});

test('after three tries in a row, one, two and four seconds apart, it is given up with the last reason', async () => {
  const stage = await Stage.tunedIn();
  await stage.link.tick(50);
  stage.refuse('SOURCE_NETWORK', 'MEDIA_REFUSED', 'MEDIA_STALLED');
  await stage.lose();
  for (const waitMs of [1_000, 2_000, 4_000]) {
    expect(stage.player.state.status).toBe('loading');
    await stage.wait(waitMs);
  }
  expect(stage.told).toEqual([
    'started',
    'MEDIA_CUT 1 at 1000',
    'SOURCE_NETWORK 2 at 1000',
    'MEDIA_REFUSED 3 at 1000',
    'failed STATION_LOST MEDIA_STALLED',
  ]);
  expect(stage.player.state.status).toBe('idle');
  expect(stage.clock.pending).toBe(0);
});

test('ten seconds heard give it all its tries back; less does not', async () => {
  const stage = await Stage.tunedIn();
  for (const seconds of [10, 10, 10, 9, 9, 9]) {
    await stage.link.tick(50 * seconds);
    await stage.lose();
    await stage.wait(4_000);
  }
  const tries = stage.told.filter((line) => line.startsWith('MEDIA_CUT')).map((line) => line.split(' ')[1]);
  expect(tries).toEqual(['1', '1', '1', '2', '3']);
  expect(stage.told.at(-1)).toBe('failed STATION_LOST MEDIA_CUT');
});

test('an address that may not be opened is not tried again', async () => {
  const stage = await Stage.tunedIn();
  await stage.link.tick();
  stage.refuse('ADDRESS_NOT_ALLOWED');
  await stage.lose();
  await stage.wait(1_000);
  expect(stage.told.at(-1)).toBe('failed ADDRESS_NOT_ALLOWED');
});

test('stopped while it waits for its next try, it is not opened', async () => {
  const stage = await Stage.tunedIn();
  await stage.link.tick();
  await stage.lose();
  stage.player.stop();
  await settle();
  expect(stage.clock.pending).toBe(0);
  await stage.wait(10_000);
  expect(stage.engine.opened).toHaveLength(1);
});

test('paused while it waits for its next try, it is found again and stays paused', async () => {
  const stage = await Stage.tunedIn();
  await stage.link.tick();
  await stage.lose();
  stage.player.pause();
  await stage.wait(1_000);
  expect(stage.player.state.status).toBe('paused');
});

test('a station never heard is given up with its own reason', async () => {
  const stage = await Stage.tunedIn();
  stage.refuse('MEDIA_UNSUPPORTED');
  stage.player.play(STATION);
  await settle();
  expect(stage.told).toEqual(['failed MEDIA_UNSUPPORTED']);
});

test('resumed after a pause it begins now, at the time that was heard', async () => {
  const stage = await Stage.tunedIn();
  await stage.link.tick(50);
  stage.player.pause();
  await stage.wait(60_000);
  stage.player.resume();
  await settle();
  expect(stage.engine.opened).toHaveLength(2);
  expect(stage.engine.opened[0]?.closed).toBe(true);
  expect(stage.station.options.startAtMs).toBe(1_000);
  expect(stage.player.state.status).toBe('playing');
  expect(stage.link.paused).toBe(false);
});

test('titles are told once it is heard, cleaned, and again after it was found again', async () => {
  const stage = await Stage.tunedIn();
  stage.station.announce('Early');
  expect(stage.told).toEqual([]);
  await stage.link.tick();
  stage.station.announce('  A\u202eB\n\u0000  ');
  expect(stage.player.stationTitle).toBe('A B');
  stage.station.announce('');
  expect(stage.told).toEqual(['started', 'title Early', 'title A B', 'title null']);
  stage.station.announce('Last');
  await stage.lose();
  expect(stage.player.stationTitle).toBeNull();
  await stage.wait(1_000);
  stage.station.announce('Back');
  expect(stage.told.slice(-3)).toEqual(['title Last', 'MEDIA_CUT 1 at 20', 'title Back']);
});
