import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type ChannelId,
  COMMANDS,
  type EntryId,
  type Epoch,
  FILTER_PRESETS,
  type GuildId,
  type PlayerEvent,
  type RequestKey,
} from '@bandstand/protocol';
import { createLogger } from '@bandstand/service-kit';
import { ManualClock } from '@bandstand/test-support';
import { sql } from 'kysely';
import { expect, onTestFinished, test } from 'vitest';
import { GuildEvents } from '../events/guild-events.ts';
import { PlayerDatabase } from '../store/database.ts';
import { PlayerStore } from '../store/player-store.ts';
import { SCRIPTED_SETTINGS } from './fixtures/scripted-guild.ts';
import { GuildChanges } from './guild-changes.ts';
import { GuildPlayer } from './guild-player.ts';
import { PlayerRegistry } from './player-registry.ts';
import { PositionKeeper } from './position-keeper.ts';
import { restoreGuilds } from './restore-guilds.ts';
import { ScriptedLoudness } from './scripted-loudness.ts';
import { ScriptedEngine, ScriptedLink, ScriptedSources, scriptedTrack, settle } from './scripted-ports.ts';
import { TrackOpener } from './track-opener.ts';

const GUILD = '1180000000000000001' as GuildId;
const CHANNEL = '1180000000000000021' as ChannelId;
const OTHER_CHANNEL = '1180000000000000022' as ChannelId;
const log = createLogger({ name: 'test', level: 'silent' });

/** What outlives a process: the folder and the time. */
class World {
  readonly folder = mkdtempSync(join(tmpdir(), 'bandstand-changes-'));
  readonly clock = new ManualClock();
  #entries = 0;
  #keys = 0;
  #process: Process | undefined;

  constructor() {
    onTestFinished(async () => {
      await this.halt();
      rmSync(this.folder, { recursive: true });
    });
  }

  newEntryId(): EntryId {
    return `entry-${++this.#entries}` as EntryId;
  }

  /** A process begins with what the one before left. */
  async boot(): Promise<Process> {
    await this.halt();
    this.#process = await Process.boot(this);
    return this.#process;
  }

  async halt(): Promise<void> {
    await this.#process?.kill();
    this.#process = undefined;
  }

  newKey(): string {
    return `key-${++this.#keys}`;
  }
}

class Process {
  readonly link = new ScriptedLink();
  readonly sources = new ScriptedSources();
  readonly engine = new ScriptedEngine();
  readonly events: PlayerEvent[] = [];
  readonly players: PlayerRegistry;
  readonly changes: GuildChanges;
  readonly database: PlayerDatabase;
  readonly store: PlayerStore;
  readonly keeper: PositionKeeper;
  readonly #world: World;

  static async boot(world: World): Promise<Process> {
    const database = await PlayerDatabase.open({
      dataDir: world.folder,
      onSetAside: () => {},
      onAvailable: () => {},
    });
    const process = new Process(world, database);
    const { store, players } = process;
    await restoreGuilds({ store, players, clock: world.clock, log, resumeMaxAgeMs: 60_000 });
    await process.changes.idle();
    await settle();
    return process;
  }

  private constructor(world: World, database: PlayerDatabase) {
    const { clock } = world;
    const { link, sources, engine } = this;
    const opening = { firstFrames: 1, attempts: 2, backoffMs: 100 };
    this.#world = world;
    this.database = database;
    this.store = new PlayerStore(database);
    this.changes = new GuildChanges({ store: this.store, clock, log, mailbox: 10 });
    this.players = new PlayerRegistry({
      limit: 1,
      create: (guildId) => {
        const player: GuildPlayer = new GuildPlayer({
          guildId,
          link,
          sources,
          clock,
          log,
          opener: new TrackOpener({ sources, engine, clock, share: guildId, ...opening }),
          loudness: new ScriptedLoudness(),
          events: new GuildEvents(
            guildId,
            'epoch' as Epoch,
            { publish: (event) => this.events.push(event) },
            clock,
          ),
          settings: { ...SCRIPTED_SETTINGS, playlistEntries: 50, idleLeaveMs: null, aloneLeaveMs: null },
          newEntryId: () => world.newEntryId(),
          turns: {
            happened: (apply) => this.changes.happened(player, apply),
            observed: (tell) => this.changes.observed(player, tell),
          },
        });
        return player;
      },
    });
    const { store, players, changes } = this;
    this.keeper = new PositionKeeper({ players, changes, store, clock, log, keepRepliesMs: 86_400_000 });
  }

  get player(): GuildPlayer {
    return this.players.getOrCreate(GUILD);
  }

  get state() {
    return this.player.snapshot(0, 20);
  }

  get titles(): string[] {
    return this.state.queue.map(({ title }) => title);
  }

  told(): string[] {
    return this.events.flatMap((event) => {
      if (event.action === 'SONG_STARTED') return [`started ${event.data.song.title}`];
      if (event.action === 'SONG_ENDED') return [`${event.data.reason} ${event.data.song.title}`];
      if (event.action === 'PLAYER_STOP') return [`stop ${event.data.reason}`];
      return [];
    });
  }

  /** One command, as the router carries it out. */
  async command(
    apply: (player: GuildPlayer) => object,
    key = this.#world.newKey(),
  ): Promise<Readonly<Record<string, unknown>>> {
    const requestKey = key as RequestKey;
    const { data } = await this.changes.inTurn(
      GUILD,
      async () =>
        (await this.changes.earlierReply(GUILD, requestKey)) ??
        (await this.changes.command(this.player, requestKey, () => ({ ...apply(this.player) }))),
    );
    await this.quiet();
    return data;
  }

  async join(): Promise<void> {
    await this.command((player) => player.voice.connect({ channel_id: CHANNEL }), 'join');
    this.link.become('ready');
    await this.quiet();
  }

  async play(name: string): Promise<void> {
    this.sources.answers.set(name, { type: 'track', track: scriptedTrack(name) });
    await this.command(
      (player) => player.queue.add(`add-${name}` as RequestKey, addData(name)),
      `add-${name}`,
    );
  }

  /** Everything that was begun is done. */
  async quiet(): Promise<void> {
    for (let round = 0; round < 5; round++) {
      await this.changes.idle();
      await settle();
    }
  }

  async tick(count = 1): Promise<void> {
    await this.link.tick(count);
    await this.quiet();
  }

  /** The database takes nothing, as on a disk that was remounted read-only. */
  async refuseWrites(refuse: boolean): Promise<void> {
    await this.database.read((db) => sql.raw(`pragma query_only = ${refuse ? 1 : 0}`).execute(db));
  }

  /** Time goes by, and the positions of that moment are written. */
  async pass(ms: number): Promise<void> {
    this.#world.clock.advance(ms);
    await this.keeper.written();
  }

  /** Ends without a word; what is in the database stays. */
  async kill(): Promise<void> {
    await this.quiet();
    this.keeper.stop();
    await this.keeper.written();
    this.players.destroyAll();
    await this.database.close();
  }
}

function addData(query: string) {
  return COMMANDS.ADD_TO_QUEUE.data.parse({ query });
}

async function playing(): Promise<{ readonly world: World; readonly process: Process }> {
  const world = new World();
  const process = await world.boot();
  await process.join();
  for (const name of ['a', 'b', 'c']) await process.play(name);
  await process.tick(10);
  return { world, process };
}

test('the next process goes on with the same entry, where the last anchor left it', async () => {
  const { world, process } = await playing();
  await process.command((player) => player.sound.setVolume(40));
  await process.pass(2_000);
  const { current_song, queue, revision } = process.state;

  const next = await world.boot();
  expect(next.link.channelId).toBe(CHANNEL);
  expect(next.engine.playback('/a').options).toMatchObject({ startAtMs: 200, sound: { volumePercent: 40 } });
  expect(next.state).toMatchObject({ current_song, queue, volume_percent: 40 });
  expect(next.state.revision).toBeGreaterThanOrEqual(revision);
  next.link.become('ready');
  await next.tick();
  expect(next.told()).toEqual(['started a']);
  expect(next.events[0]?.sequence).toBe(1);
});

test('how the music sounds is the same in the next process, also where nothing is queued', async () => {
  const world = new World();
  const process = await world.boot();
  await process.command((player) => player.sound.setFilters({ preset: 'bassboost' }));
  await process.command((player) => player.sound.setCrossfade(12_000));
  await process.command((player) => player.sound.setNormalization(true));
  const next = await world.boot();
  expect(next.state).toMatchObject({
    filters: FILTER_PRESETS.bassboost,
    preset: 'bassboost',
    crossfade_ms: 12_000,
    normalize: true,
  });
});

test('what was paused stays paused', async () => {
  const { world, process } = await playing();
  await process.command((player) => player.playback.pause());
  const next = await world.boot();
  next.link.become('ready');
  await next.tick(5);
  expect(next.state).toMatchObject({
    player_status: 'paused',
    position: { position_ms: 200, moving: false },
  });
  await next.command((player) => player.playback.resume());
  await next.tick();
  expect(next.told()).toEqual(['started a']);
});

test('music that was interrupted too long ago waits, and the channel is told once somebody asks', async () => {
  const { world, process } = await playing();
  const { clock } = world;
  await process.pass(2_000);
  await world.halt();
  clock.oversleep(60_001);
  const next = await world.boot();
  expect(next.link.channelId).toBeNull();
  expect(next.titles).toEqual(['a', 'b', 'c']);
  next.player.voice.tellWhatStoodStill();
  clock.advance(1_000);
  await next.quiet();
  expect(next.told()).toEqual(['stop shutdown']);
  await next.join();
  expect(next.engine.playback('/a').options.startAtMs).toBe(200);
});

test('no-request-id: a key that was answered by the process before has no second effect, a failure included', async () => {
  const { world, process } = await playing();
  const skip = (player: GuildPlayer) => player.playback.skip(null);
  const first = await process.command(skip, 'skip-once');
  const wrong = (player: GuildPlayer) => player.queue.remove({ entry_id: 'none' as EntryId });
  await expect(process.command(wrong, 'wrong')).rejects.toMatchObject({ code: 'ENTRY_NOT_FOUND' });

  const next = await world.boot();
  expect(await next.command(skip, 'skip-once')).toEqual(first);
  expect(next.state.current_song?.title).toBe('b');
  const right = () => ({ changed: true });
  await expect(next.command(right, 'wrong')).rejects.toMatchObject({ code: 'ENTRY_NOT_FOUND' });
});

test('a request that was acknowledged and not done is done by the next process', async () => {
  const { world, process } = await playing();
  const key = 'add-later' as RequestKey;
  await process.command((player) => player.queue.add(key, addData('later')), key);
  expect(process.player.queue.outcomeOf(key)).toEqual({ key, state: 'pending' });
  const next = await world.boot();
  expect(next.player.queue.outcomeOf(key)).toEqual({ key, state: 'pending' });
  next.sources.gates.get('later')?.resolve({ type: 'track', track: scriptedTrack('later') });
  await next.quiet();
  expect(next.titles).toEqual(['b', 'c', 'later']);
  expect(next.player.queue.outcomeOf(key)).toMatchObject({ state: 'added', added: 1, complete: true });
  expect((await world.boot()).player.queue.outcomeOf(key)).toMatchObject({ state: 'added', complete: true });
});

test('a request that a clear has ended is not taken up again', async () => {
  const { world, process } = await playing();
  const key = 'add-never' as RequestKey;
  await process.command((player) => player.queue.add(key, addData('never')), key);
  await process.command((player) => player.queue.clear(false));
  const next = await world.boot();
  expect(next.sources.gates.size).toBe(0);
  expect(next.player.queue.outcomeOf(key)).toMatchObject({ state: 'failed', code: 'REQUEST_CANCELLED' });
});

const COMMANDS_TO_REFUSE: Readonly<Record<string, (player: GuildPlayer) => object>> = {
  connect: (player) => player.voice.connect({ channel_id: OTHER_CHANNEL }),
  disconnect: (player) => player.voice.disconnect(),
  add: (player) => player.queue.add('refused' as RequestKey, addData('a')),
  skip: (player) => player.playback.skip(null),
  previous: (player) => player.playback.previous(),
  pause: (player) => player.playback.pause(),
  seek: (player) => player.playback.seek(500, null),
  volume: (player) => player.sound.setVolume(10),
  filters: (player) => player.sound.setFilters({ preset: 'mono' }),
  crossfade: (player) => player.sound.setCrossfade(3_000),
  normalization: (player) => player.sound.setNormalization(true),
  loop: (player) => player.queue.setLoop('queue'),
  shuffle: (player) => player.queue.shuffle(),
  remove: (player) => player.queue.remove({ song_index: 0 }),
  clear: (player) => player.queue.clear(false),
  stop: (player) => player.queue.clear(true),
  reset: (player) => player.reset(),
};

test.each(Object.entries(COMMANDS_TO_REFUSE))(
  'disk-full: the command %s, when it cannot be stored, changes nothing, tells nothing, and the music goes on',
  async (_, apply) => {
    const { world, process } = await playing();
    await process.command((player) => player.playback.skip(null));
    await process.tick(10);
    const before = process.state;
    const events = process.events.length;
    const opened = process.engine.opened.length;
    await process.refuseWrites(true);

    const refused = process.command(apply, 'refused');
    await expect(refused).rejects.toMatchObject({ code: 'STORE_UNAVAILABLE', retryable: true });
    expect(process.state).toEqual(before);
    expect(process.events.length).toBe(events);
    await process.tick(5);
    expect(process.link.counts.sent).toBe(25);
    expect(process.state.position.position_ms).toBe(300);
    expect(process.engine.opened.length).toBe(opened);

    await process.refuseWrites(false);
    const reply = await process.command(apply, 'refused');
    const next = await world.boot();
    expect(await next.command(apply, 'refused')).toEqual(reply);
  },
);

test('disk-full: the queue plays on without the store, and is written when it is back', async () => {
  const { world, process } = await playing();
  await process.refuseWrites(true);
  await process.tick(40);
  await process.tick(1);
  expect(process.told()).toEqual(['started a', 'finished a', 'started b']);
  await process.refuseWrites(false);
  await process.pass(2_000);
  const next = await world.boot();
  expect(next.state.current_song?.title).toBe('b');
  expect(next.titles).toEqual(['c']);
});

test('a command that fails leaves no trace, and no event', async () => {
  const { process } = await playing();
  const before = process.state;
  const events = process.events.length;
  const failing = (player: GuildPlayer) => {
    player.queue.setLoop('track');
    player.playback.pause();
    return player.queue.remove({ song_index: 99 });
  };
  await expect(process.command(failing)).rejects.toMatchObject({ code: 'ENTRY_NOT_FOUND' });
  expect(process.state).toEqual(before);
  expect(process.events.length).toBe(events);
});

test('revision and queue after a hundred random commands are the same in the next process', async () => {
  const { world, process } = await playing();
  const random = lcg(20_261_121);
  for (let step = 0; step < 100; step++) {
    const length = process.player.snapshot(0, 0).queue_length;
    const choice = Math.floor(random() * 5);
    const index = Math.floor(random() * length);
    if (choice <= 1 || length === 0) await process.play(`t${step}`);
    else if (choice === 2) await process.command((player) => player.queue.shuffle());
    else if (choice === 3) await process.command((player) => player.queue.remove({ song_index: index }));
    else await process.command((player) => player.playback.skip(null));
  }
  const { current_song, revision, history_length } = process.state;
  const queue = process.player.snapshot(0, 100).queue;
  const next = await world.boot();
  expect(next.player.snapshot(0, 100).queue).toEqual(queue);
  expect(next.state).toMatchObject({ current_song, history_length });
  expect(next.state.revision).toBeGreaterThanOrEqual(revision);
});

/** Numbers in [0, 1) that are the same in every run. */
function lcg(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 1_664_525 + 1_013_904_223) % 2 ** 32;
    return state / 2 ** 32;
  };
}
