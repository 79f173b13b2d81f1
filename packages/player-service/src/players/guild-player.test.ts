import type { ChannelId, EntryId } from '@bandstand/protocol';
import { FILTER_PRESETS, PlayerError } from '@bandstand/protocol';
import { describe, expect, test } from 'vitest';
import { CHANNEL, GUILD, ScriptedGuild as Stage } from './fixtures/scripted-guild.ts';
import { scriptedTrack, settle } from './scripted-ports.ts';

test('a query becomes a track that is heard, and the request learns its place', async () => {
  const stage = new Stage();
  await stage.join();
  const key = await stage.play('a');
  expect(stage.state.player_status).toBe('loading');
  await stage.link.tick();

  expect(stage.told()).toEqual(['started a']);
  expect(stage.state).toMatchObject({
    is_playing: true,
    player_status: 'playing',
    current_song: { title: 'a' },
  });
  expect(stage.player.queue.outcomeOf(key)).toMatchObject({
    state: 'added',
    queue_position: 0,
    added: 1,
    complete: true,
  });
});

test('the sequence of events has no holes and no state says playing before a frame left', async () => {
  const stage = new Stage();
  await stage.join();
  await stage.play('a');
  await stage.link.tick(60);
  expect(stage.events.map(({ sequence }) => sequence)).toEqual(
    stage.events.map((_event, index) => index + 1),
  );
  const firstPlaying = stage.events.findIndex(
    (event) => event.action === 'STATE_UPDATE' && event.data.is_playing,
  );
  const started = stage.events.findIndex((event) => event.action === 'SONG_STARTED');
  expect(firstPlaying).toBeGreaterThan(started);
});

test('queue-never-advanced: the next track starts by itself, without a tick of silence between', async () => {
  const stage = new Stage();
  await stage.join();
  await stage.play('a');
  await stage.play('b');
  await stage.link.tick(); // first frame
  stage.clock.advance(1_000);
  await stage.link.tick(44); // within 200 ms of the end: the next one is opened
  stage.clock.advance(1_000);
  await settle();
  expect(stage.engine.opened.map(({ path }) => path)).toEqual(['/a', '/b']);
  await stage.link.tick(5);
  const sent = stage.link.counts.sent;
  await stage.link.tick();

  expect(stage.link.counts.sent).toBe(sent + 1);
  expect(stage.told()).toEqual(['started a', 'finished a', 'started b']);
  expect(stage.engine.playback('/a').closed).toBe(true);
});

test('what is queued shortly before the end is made ready at once, not at the next look', async () => {
  const stage = new Stage();
  await stage.join();
  await stage.play('a');
  await stage.link.tick(45);
  await stage.play('b');
  expect(stage.engine.opened.map(({ path }) => path)).toEqual(['/a', '/b']);
});

test('a track that is played faster has what follows made ready earlier', async () => {
  for (const [speed, opened] of [
    [1, ['/a']],
    [4, ['/a', '/b']],
  ] as const) {
    const stage = new Stage();
    stage.player.sound.setFilters({ filters: { timescale: { speed, pitch: 1, rate: 1 } } });
    await stage.join();
    await stage.play('a');
    await stage.link.tick(30); // 400 ms of the track are left
    await stage.play('b');
    expect(stage.engine.opened.map(({ path }) => path)).toEqual(opened);
  }
});

test('skip-advanced-twice: one skip moves exactly one track on, and a repeat for the same entry does no harm', async () => {
  const stage = new Stage();
  await stage.join();
  for (const name of ['a', 'b', 'c']) await stage.play(name);
  await stage.link.tick();
  const { entry_id: entryId } = stage.state.current_song ?? {};

  expect(stage.player.playback.skip(entryId as EntryId)).toMatchObject({
    skipped: { title: 'a' },
    next: { title: 'b' },
  });
  expect(() => stage.player.playback.skip(entryId as EntryId)).toThrow(
    expect.objectContaining({ code: 'ENTRY_CHANGED' }),
  );
  await settle();
  await stage.link.tick();
  expect(stage.state.current_song?.title).toBe('b');
  expect(stage.told()).toEqual(['started a', 'stopped a', 'started b']);
});

test('errors-nested-in-success: a query that fails is told with its code, and nothing is queued', async () => {
  const stage = new Stage();
  await stage.join();
  stage.sources.answers.set('secret', new PlayerError('TRACK_PRIVATE', 'private'));
  const key = await stage.add('secret');

  expect(stage.told()).toEqual(['error TRACK_PRIVATE none']);
  expect(stage.player.queue.outcomeOf(key)).toMatchObject({ state: 'failed', code: 'TRACK_PRIVATE' });
  expect(stage.state.queue_length).toBe(0);
});

test('a hung extraction holds back nothing else, and a clear ends it', async () => {
  const stage = new Stage();
  await stage.join();
  const hung = await stage.add('hangs');
  await stage.play('a');
  await stage.link.tick();
  expect(stage.told()).toEqual(['started a']);

  stage.player.queue.clear(false);
  await settle();
  expect(stage.player.queue.outcomeOf(hung)).toMatchObject({ state: 'failed', code: 'REQUEST_CANCELLED' });
});

test('requests beyond the limit are refused while others are being resolved', async () => {
  const stage = new Stage();
  for (const query of ['1', '2', '3']) await stage.add(query);
  await expect(stage.add('4')).rejects.toMatchObject({ code: 'PLAYER_BUSY' });
});

test('a playlist plays its first track while the rest is being read, up to its limit', async () => {
  const stage = new Stage();
  await stage.join();
  const rest = Promise.withResolvers<void>();
  async function* tracks() {
    yield scriptedTrack('p1');
    await rest.promise;
    for (const name of ['p2', 'p3', 'p4', 'p5', 'p6', 'p7']) yield scriptedTrack(name);
  }
  stage.sources.answers.set('list', { type: 'playlist', name: 'Best of', tracks: tracks() });
  const key = await stage.add('list');
  await stage.link.tick();
  expect(stage.told()).toEqual(['started p1']);
  expect(stage.player.queue.outcomeOf(key)).toMatchObject({ state: 'added', added: 1, complete: false });

  rest.resolve();
  await settle();
  expect(stage.player.queue.outcomeOf(key)).toMatchObject({
    added: 5,
    skipped: 2,
    complete: true,
    playlist_name: 'Best of',
  });
  expect(stage.state.queue.map(({ title }) => title)).toEqual(['p2', 'p3', 'p4', 'p5']);
});

test('a playlist that breaks off half-way keeps what came before, and the request says how much', async () => {
  const stage = new Stage();
  await stage.join();
  async function* tracks() {
    for (const name of ['p1', 'p2', 'p3']) yield scriptedTrack(name);
    throw new PlayerError('SOURCE_NETWORK', 'the next page timed out');
  }
  stage.sources.answers.set('list', { type: 'playlist', name: 'Broken', tracks: tracks() });
  const key = await stage.add('list');
  expect(stage.player.queue.outcomeOf(key)).toMatchObject({ state: 'added', added: 3, complete: true });
  expect(stage.state.queue_length).toBe(2);
});

test('"now" replaces the current track once, also for several copies', async () => {
  const stage = new Stage();
  await stage.join();
  await stage.play('a');
  await stage.link.tick();
  const key = await stage.play('b', { position: 'now', repeat_count: 3 });
  await stage.link.tick();
  expect(stage.told()).toEqual(['started a', 'replaced a', 'started b']);
  expect(stage.state.queue.map(({ title }) => title)).toEqual(['b', 'b']);
  expect(stage.player.queue.outcomeOf(key)).toMatchObject({ queue_position: 0, added: 3 });
});

describe('a track that cannot be played', () => {
  test('is skipped with its reason, and the next one plays', async () => {
    const stage = new Stage();
    stage.engine.failures.set('/a', [new PlayerError('MEDIA_BROKEN', 'damaged')]);
    await stage.play('a');
    await stage.play('b');
    await stage.join();
    await stage.link.tick();
    expect(stage.told()).toEqual(['error MEDIA_BROKEN skipped', 'loadFailed a', 'started b']);
  });

  test('is tried again after a passing failure, with a fresh address', async () => {
    const stage = new Stage();
    await stage.join();
    stage.engine.failures.set('/a', [new PlayerError('MEDIA_REFUSED', '403')]);
    await stage.play('a');
    expect(stage.sources.resolved).toBe(1);
    stage.clock.advance(100);
    await settle();
    await stage.link.tick();
    expect(stage.sources.resolved).toBe(2);
    expect(stage.told()).toEqual(['started a']);
  });

  test('does not drag the whole queue with it: after some in a row the player stops', async () => {
    const stage = new Stage();
    for (const name of ['a', 'b', 'c', 'd']) {
      if (name !== 'd') stage.engine.failures.set(`/${name}`, [new PlayerError('MEDIA_BROKEN', 'damaged')]);
      await stage.play(name);
    }
    await stage.join();
    expect(stage.told().slice(-4)).toEqual([
      'error MEDIA_BROKEN stopped',
      'loadFailed c',
      'stop stopped',
      'idle',
    ]);
    expect(stage.state).toMatchObject({ current_song: null, queue_length: 1 });

    expect(stage.player.playback.resume()).toEqual({ changed: true });
    await settle();
    await stage.link.tick();
    expect(stage.told().at(-1)).toBe('started d');
  });
});

test('a source that is cut goes on where the last frame was heard, twice at most', async () => {
  const stage = new Stage();
  await stage.join();
  await stage.play('a');
  await stage.link.tick(10);
  for (const positionMs of [200, 300, 400]) {
    expect(stage.engine.playback('/a').positionMs).toBe(positionMs);
    stage.engine.playback('/a').breakOff(new PlayerError('MEDIA_CUT', 'connection reset'));
    await stage.link.tick();
    if (positionMs < 400) expect(stage.engine.playback('/a').options.startAtMs).toBe(positionMs);
    await stage.link.tick(5);
  }
  expect(stage.told()).toEqual([
    'started a',
    'error MEDIA_CUT retrying',
    'error MEDIA_CUT retrying',
    'error MEDIA_CUT skipped',
    'loadFailed a',
    'idle',
  ]);
});

describe('leaving', () => {
  test('keeps the track and its position; coming back goes on there', async () => {
    const stage = new Stage();
    await stage.join();
    await stage.play('a');
    await stage.play('b');
    await stage.link.tick(10);
    stage.player.voice.disconnect();
    expect(stage.state).toMatchObject({ current_song: null, queue_length: 2, channel_id: null });
    await stage.join();
    await stage.link.tick();
    expect(stage.engine.playback('/a').options.startAtMs).toBe(200);
    expect(stage.told()).toEqual(['started a', 'stopped a', 'stop disconnected', 'started a']);
  });

  test('happens after the idle time, counted from when nothing plays and nothing is being resolved', async () => {
    const stage = new Stage();
    await stage.join();
    stage.clock.advance(59_000);
    await stage.add('hangs');
    stage.clock.advance(60_000);
    expect(stage.link.channelId).toBe(CHANNEL);
    stage.player.queue.clear(false);
    await settle();
    stage.clock.advance(60_000);
    expect(stage.link.channelId).toBeNull();
    expect(stage.told()).toContain('stop idle');
  });

  test('happens when nobody else has been in the channel for a while, unless somebody comes back', async () => {
    const stage = new Stage();
    await stage.join();
    await stage.play('a');
    const audience = (count: number) => {
      stage.link.audience = count;
      stage.link.emit('audienceChange', count);
    };
    audience(0);
    stage.clock.advance(29_000);
    audience(1);
    stage.clock.advance(29_000);
    expect(stage.link.channelId).toBe(CHANNEL);
    audience(0);
    stage.clock.advance(30_000);
    expect(stage.link.channelId).toBeNull();
    expect(stage.told()).toContain('stop alone');
  });

  test('by being kicked is told as such, and the queue stays', async () => {
    const stage = new Stage();
    await stage.join();
    await stage.play('a');
    await stage.link.tick();
    stage.link.status = 'failed';
    stage.link.emit('failed', new PlayerError('VOICE_KICKED', '4014'));
    expect(stage.told()).toEqual(['started a', 'error VOICE_KICKED stopped', 'stopped a', 'stop kicked']);
    expect(stage.state).toMatchObject({ queue_length: 1, player_status: 'idle' });
  });
});

test('pausing keeps the position, survives a seek, and resuming goes on there', async () => {
  const stage = new Stage();
  await stage.join();
  await stage.play('a');
  await stage.link.tick(5);
  expect(stage.player.playback.pause()).toEqual({ changed: true });
  expect(stage.player.playback.pause()).toEqual({ changed: false });
  await stage.link.tick(10);
  expect(stage.state).toMatchObject({
    player_status: 'paused',
    position: { position_ms: 100, moving: false },
  });

  stage.player.playback.seek(500, null);
  await settle();
  await stage.link.tick(3);
  expect(stage.state).toMatchObject({ player_status: 'paused', position: { position_ms: 500 } });
  stage.player.playback.resume();
  await stage.link.tick(2);
  expect(stage.state).toMatchObject({ player_status: 'playing', position: { position_ms: 540 } });
  expect(stage.told()).toEqual(['started a']);
});

test('seeking is refused beyond the end, in a live stream and for an entry that is over', async () => {
  const stage = new Stage();
  expect(() => stage.player.playback.seek(0, null)).toThrow(
    expect.objectContaining({ code: 'NOTHING_PLAYING' }),
  );
  await stage.join();
  await stage.play('a');
  expect(() => stage.player.playback.seek(1_000, null)).toThrow(
    expect.objectContaining({ code: 'SEEK_OUT_OF_RANGE' }),
  );
  expect(() => stage.player.playback.seek(0, 'other' as EntryId)).toThrow(
    expect.objectContaining({ code: 'ENTRY_CHANGED' }),
  );
  stage.sources.answers.set('radio', { type: 'track', track: scriptedTrack('radio', { isLive: true }) });
  await stage.add('radio', { position: 'now' });
  expect(() => stage.player.playback.seek(0, null)).toThrow(
    expect.objectContaining({ code: 'NOT_SEEKABLE' }),
  );
});

test('what a station says it plays is told once, stands in the snapshot, and goes with the station', async () => {
  const stage = new Stage();
  await stage.join();
  const track = scriptedTrack('radio', { isLive: true, durationMs: undefined });
  stage.sources.answers.set('radio', { type: 'track', track });
  await stage.add('radio');
  stage.engine.playback('/radio').announce('A Song');
  expect(stage.state.stream_title).toBe('A Song');
  await stage.link.tick();
  const titles = stage.events.filter(({ action }) => action === 'STREAM_TITLE');
  expect(titles.map(({ data }) => data)).toEqual([
    { entry_id: stage.state.current_song?.entry_id, title: 'A Song' },
  ]);
  await stage.play('b', { position: 'now' });
  expect(stage.state.stream_title).toBeNull();
});

test('a station that is next is opened when its turn comes, not before', async () => {
  const stage = new Stage();
  await stage.join();
  await stage.play('a');
  stage.sources.answers.set('radio', { type: 'track', track: scriptedTrack('radio', { isLive: true }) });
  await stage.add('radio');
  await stage.link.tick(48);
  stage.clock.advance(1_000);
  await settle();
  expect(stage.engine.opened).toHaveLength(1);
  await stage.link.tick(3);
  expect(stage.told().slice(0, 3)).toEqual(['started a', 'finished a', 'started radio']);
});

test('the volume holds for the current track, the prepared one and all that follow', async () => {
  const stage = new Stage();
  await stage.join();
  await stage.play('a');
  stage.player.sound.setVolume(50);
  expect(stage.engine.playback('/a').sound.volumePercent).toBe(50);
  await stage.play('b', { position: 'now' });
  expect(stage.engine.playback('/b').options.sound.volumePercent).toBe(50);
});

test('going back plays the earlier track again and then the interrupted one', async () => {
  const stage = new Stage();
  await stage.join();
  await stage.play('a');
  await stage.play('b');
  await stage.link.tick();
  stage.player.playback.skip(null);
  await settle();
  await stage.link.tick();
  expect(stage.player.playback.previous()).toMatchObject({ song: { title: 'a' } });
  await settle();
  await stage.link.tick(50);
  await stage.link.tick();
  expect(stage.told()).toEqual([
    'started a',
    'stopped a',
    'started b',
    'replaced b',
    'started a',
    'finished a',
    'started b',
  ]);
});

test('stop empties the queue and says so; the player stays and takes the next request', async () => {
  const stage = new Stage();
  await stage.join();
  await stage.play('a');
  await stage.play('b');
  await stage.link.tick();
  expect(stage.player.queue.clear(true)).toEqual({ removed: 1 });
  expect(stage.told()).toEqual(['started a', 'stopped a', 'stop stopped', 'idle']);
  await stage.play('c');
  await stage.link.tick();
  expect(stage.told().at(-1)).toBe('started c');
});

test('a reset closes everything that was open and begins anew', async () => {
  const stage = new Stage();
  await stage.join();
  await stage.play('a');
  await stage.link.tick();
  stage.player.sound.setVolume(20);
  stage.player.queue.setLoop('queue');
  stage.player.reset();
  expect(stage.engine.playback('/a').closed).toBe(true);
  expect(stage.state).toMatchObject({
    volume_percent: 100,
    loop: 'off',
    queue_length: 0,
    channel_id: null,
    history_length: 0,
  });
});

test('destroying ends requests, playback, session and timers', async () => {
  const stage = new Stage();
  await stage.join();
  await stage.play('a');
  await stage.add('hangs');
  await stage.link.tick();
  const told = stage.events.length;
  stage.player.destroy();
  stage.player.destroy();
  await settle();
  expect(stage.link.destroyed).toBe(true);
  expect(stage.engine.playback('/a').closed).toBe(true);
  expect(stage.clock.pending).toBe(0);
  expect(stage.events).toHaveLength(told);
});

test('what has to be encoded follows the limit of the voice channel, and of the operator', async () => {
  const stage = new Stage();
  await stage.join();
  await stage.play('a');
  const bitrate = () => stage.engine.playback('/a').sound.bitrateBps;
  stage.player.voice.handleVoiceChannel({ channel_id: CHANNEL, bitrate_bps: 96_000 });
  expect(bitrate()).toBe(96_000);
  stage.player.voice.handleVoiceChannel({ channel_id: CHANNEL, bitrate_bps: 384_000 });
  expect(bitrate()).toBe(128_000);
  stage.player.voice.handleVoiceChannel({
    channel_id: '1180000000000000999' as ChannelId,
    bitrate_bps: 64_000,
  });
  expect(bitrate()).toBe(128_000);
});

test('slow-joiner: what Discord was asked for stands in the snapshot until it answers, so a lost event loses no join', () => {
  const stage = new Stage();
  const wish = (id: string, channelId: string | null) => ({
    id,
    payload: {
      op: 4 as const,
      d: { guild_id: GUILD, channel_id: channelId as ChannelId | null, self_mute: false, self_deaf: true },
    },
  });
  stage.player.voice.connect({ channel_id: CHANNEL });
  stage.player.voice.sendToGateway(wish('1', CHANNEL));
  expect(stage.events.at(-1)).toMatchObject({ action: 'VOICE_GATEWAY_SEND', data: { id: '1' } });
  expect(stage.state.gateway_request).toMatchObject({ id: '1' });
  stage.player.voice.handleVoiceServer({ token: 't', endpoint: null });
  expect(stage.state.gateway_request).toMatchObject({ id: '1' });
  stage.player.voice.handleVoiceServer({ token: 't', endpoint: 'voice:443' });
  expect(stage.state.gateway_request).toBeNull();

  stage.player.voice.sendToGateway(wish('2', null));
  expect(stage.state.gateway_request).toMatchObject({ id: '2' });
  stage.player.voice.handleVoiceState({
    channel_id: null,
    session_id: 's',
    user_id: '1',
    self_mute: false,
    self_deaf: true,
    mute: false,
    deaf: false,
    suppress: false,
  });
  expect(stage.state.gateway_request).toBeNull();
});

describe('how the music sounds', () => {
  test('filters replace each other as a whole, and are told with the preset they are', async () => {
    const stage = new Stage();
    await stage.join();
    const { nightcore } = FILTER_PRESETS;
    expect(stage.player.sound.setFilters({ preset: 'nightcore' })).toEqual({
      changed: true,
      filters: nightcore,
      preset: 'nightcore',
    });
    expect(stage.state).toMatchObject({
      filters: nightcore,
      preset: 'nightcore',
      position: { speed: 1.2 },
    });
    const bass = { threeBandEq: { lowDb: 6, midDb: 0, highDb: 0 } };
    expect(stage.player.sound.setFilters({ filters: { volume: 1, ...bass } })).toEqual({
      changed: true,
      filters: bass,
      preset: null,
    });
    expect(stage.player.sound.setFilters({ filters: bass })).toMatchObject({ changed: false });
    expect(stage.state).toMatchObject({ filters: bass, preset: null, position: { speed: 1 } });
    expect(stage.events.filter(({ action }) => action === 'STATE_UPDATE').at(-1)?.data).toMatchObject({
      filters: bass,
    });
  });

  test('a reset puts everything back to neutral', async () => {
    const stage = new Stage();
    stage.player.sound.setVolume(20);
    stage.player.sound.setFilters({ preset: '8d' });
    stage.player.sound.setCrossfade(5_000);
    stage.player.sound.setNormalization(true);
    expect(stage.state).toMatchObject({ volume_percent: 20, crossfade_ms: 5_000, normalize: true });
    stage.player.reset();
    const neutral = { volume_percent: 100, filters: {}, preset: null, crossfade_ms: 0, normalize: false };
    expect(stage.state).toMatchObject(neutral);
  });

  test('who keeps it from being heard is told: a moderator, or the stage', async () => {
    const stage = new Stage();
    await stage.join();
    await stage.play('a');
    await stage.link.tick();
    expect(stage.state).toMatchObject({ player_status: 'playing', muted_by: null });
    const voiceState = {
      channel_id: CHANNEL,
      session_id: 's',
      user_id: '9',
      self_mute: false,
      self_deaf: true,
      mute: false,
      deaf: false,
      suppress: false,
    };
    for (const [how, mutedBy] of [
      [{ mute: true }, 'moderator'],
      [{ suppress: true }, 'stage'],
      [{ mute: true, suppress: true }, 'moderator'],
    ] as const) {
      stage.link.muted = true;
      stage.player.voice.handleVoiceState({ ...voiceState, ...how });
      expect(stage.state).toMatchObject({ player_status: 'loading', muted_by: mutedBy });
    }
    stage.link.muted = false;
    stage.player.voice.handleVoiceState(voiceState);
    expect(stage.state).toMatchObject({ player_status: 'playing', muted_by: null });
  });
});
