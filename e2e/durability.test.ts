import { PostgresCluster, postgresFolder } from '@bandstand/test-support';
import { expect, onTestFinished, test } from 'vitest';
import { longestGapMs } from './harness/ear.ts';
import { PlayerClient } from './harness/player-client.ts';
import { Scene } from './harness/scene.ts';
import { Stack } from './harness/stack.ts';

/** A guild is back on its track within this time after the player was started again. */
const BACK_MS = 10_000;
/** What is stored is where the pause began; three frames fade behind it. */
const PAUSE_FADE_MS = 60;
const POSITION_ERROR_MS = 3_000;
const FRAME_MS = 20;
/** More than a frame that is late on a busy machine; less than anybody notices. */
const NO_GAP_MS = 200;

async function openStack(player: Readonly<Record<string, string>> = {}): Promise<Stack> {
  const stack = await Stack.start({ player });
  onTestFinished(async () => {
    await stack[Symbol.asyncDispose]();
    stack.discord.assertNothingUnexpected();
  });
  return stack;
}

async function entriesOf(stack: Stack, scene: Scene): Promise<unknown> {
  const { current_song, queue, history_length, loop, ...state } = await scene.state(stack);
  const { volume_percent, filters, preset, crossfade_ms, normalize } = state;
  const sound = { volume_percent, filters, preset, crossfade_ms, normalize };
  return { current_song, queue, history_length, loop, sound };
}

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'after %s the same track goes on where it was, sounds as it was set, with the queue behind it as it was',
  async (signal) => {
    const stack = await openStack();
    const scene = await Scene.open(stack, signal);
    using client = new PlayerClient(stack.commandEndpoint);
    for (const id of ['minute', 'tone660', 'tone440', 'tone660']) await scene.play(stack.site.pageUrl(id));
    await scene.ear.hearsMusic(25);
    await client.request('SET_LOOP', scene.guild, { mode: 'queue' });
    await client.request('SET_FILTERS', scene.guild, { preset: 'rock' });
    await client.request('SET_CROSSFADE', scene.guild, { crossfade_ms: 2_000 });
    await client.request('SET_NORMALIZATION', scene.guild, { enabled: true });
    await client.request('SHUFFLE', scene.guild, {});
    const skipped = scene.ear.music.length;
    await client.request('SEEK', scene.guild, { position_ms: 40_000 });
    await scene.ear.hearsMusic(skipped + 200); // some four seconds: more than one anchor
    const before = await entriesOf(stack, scene);
    expect(before).toMatchObject({ sound: { preset: 'rock', crossfade_ms: 2_000, normalize: true } });
    const { revision } = await scene.state(stack);

    if (signal === 'SIGKILL') await stack.player.kill();
    else expect(await stack.player.stop()).toMatchObject({ code: 0, forced: false });
    const heard = scene.ear.music.length;
    const startedAtMs = performance.now();
    await stack.player.start();
    await scene.ear.hearsMusic(heard + 25);
    expect(performance.now() - startedAtMs).toBeLessThan(BACK_MS);
    expect(await entriesOf(stack, scene)).toEqual(before);

    const { position, revision: after } = await scene.state(stack);
    const playedMs = 40_000 + (scene.ear.music.length - skipped) * FRAME_MS;
    expect(Math.abs(position.position_ms - playedMs)).toBeLessThan(POSITION_ERROR_MS);
    expect(after).toBeGreaterThanOrEqual(revision);
  },
);

test('what is left of the track after a crash is what was not heard before it', async () => {
  const stack = await openStack();
  const scene = await Scene.open(stack, 'remaining');
  using client = new PlayerClient(stack.commandEndpoint);
  await scene.play(stack.site.pageUrl('minute'));
  await scene.ear.hearsMusic(25);
  const skipped = scene.ear.music.length;
  await client.request('SEEK', scene.guild, { position_ms: 50_000 });
  await scene.ear.hearsMusic(skipped + 150);
  await stack.player.kill();
  const heard = scene.ear.music.length;
  await stack.player.start();
  await scene.ear.hearsMusic(heard + 25);
  await scene.ear.hearsTheEnd(heard + 25);
  const remainingMs = (scene.ear.music.length - skipped) * FRAME_MS;
  expect(Math.abs(remainingMs - 10_000)).toBeLessThan(POSITION_ERROR_MS);
});

test('no-request-id: a request sent again to the next player adds nothing and gets its first answer', async () => {
  const stack = await openStack();
  const scene = await Scene.open(stack, 'twice');
  using client = new PlayerClient(stack.commandEndpoint);
  const add = { query: stack.site.pageUrl('tone440') };
  const first = await client.request('ADD_TO_QUEUE', scene.guild, add, 'the-same:add');
  await expect.poll(async () => (await scene.state(stack)).queue_length).toBe(1);
  await stack.player.kill();
  await stack.player.start();
  expect(await client.request('ADD_TO_QUEUE', scene.guild, add, 'the-same:add')).toEqual(first);
  const outcome = await client.request('GET_STATE', scene.guild, { request_key: 'the-same:add' });
  expect(outcome).toMatchObject({ queue_length: 1, request: { state: 'added', added: 1 } });
});

test('a playlist that was acknowledged and half read is read to its end by the next player, each track once', async () => {
  const stack = await openStack();
  const scene = await Scene.open(stack, 'half read');
  using client = new PlayerClient(stack.commandEndpoint);
  await client.request(
    'ADD_TO_QUEUE',
    scene.guild,
    { query: stack.site.playlistUrl('held') },
    'the-list:add',
  );
  await expect.poll(async () => (await scene.state(stack)).queue_length).toBeGreaterThan(0);
  await stack.player.kill();
  stack.site.releasePages();
  await stack.player.start();
  const state = () => client.request('GET_STATE', scene.guild, { request_key: 'the-list:add' });
  await expect.poll(async () => (await state()).queue_length, { timeout: 15_000 }).toBe(250);
  await expect
    .poll(async () => (await state()).request)
    .toMatchObject({ state: 'added', added: 250, complete: true });
});

test('what was paused stays paused, and resumes at its position', async () => {
  const stack = await openStack();
  const scene = await Scene.open(stack, 'paused');
  using client = new PlayerClient(stack.commandEndpoint);
  await scene.play(stack.site.pageUrl('minute'));
  await scene.ear.hearsMusic(100);
  await client.request('PAUSE', scene.guild, {});
  await scene.ear.hearsTheEnd(100);
  const { position } = await scene.state(stack);
  await stack.player.kill();
  const heard = scene.ear.music.length;
  await stack.player.start();
  await expect.poll(async () => (await scene.state(stack)).voice_status, { timeout: BACK_MS }).toBe('ready');
  await expect
    .poll(async () => await scene.state(stack))
    .toMatchObject({ player_status: 'paused', position: { moving: false } });
  const restored = (await scene.state(stack)).position.position_ms;
  expect(restored).toBeLessThanOrEqual(position.position_ms);
  expect(restored).toBeGreaterThanOrEqual(position.position_ms - PAUSE_FADE_MS);
  expect(scene.ear.music.length).toBe(heard);
  await client.request('RESUME', scene.guild, {});
  await scene.ear.hearsMusic(heard + 25);
});

test('music that was interrupted too long ago is not started; the channel is told, and /join goes on with it', async () => {
  const stack = await openStack({ RESUME_MAX_AGE_MINUTES: '0' });
  const scene = await Scene.open(stack, 'too long ago');
  await scene.play(stack.site.pageUrl('minute'));
  await scene.ear.hearsMusic(100);
  await stack.player.kill();
  const heard = scene.ear.music.length;
  await stack.player.start();
  await scene.untilSaid(/\/join/);
  expect(await scene.state(stack)).toMatchObject({ current_song: null, queue_length: 1, channel_id: null });
  expect(scene.ear.music.length).toBe(heard);
  await scene.run('/join').acknowledged;
  await scene.ear.hearsMusic(heard + 25);
});

test.skipIf(postgresFolder() === undefined)(
  'while PostgreSQL is away the music has no gap and changes are refused in plain words; then they are taken again',
  async () => {
    await using cluster = await PostgresCluster.start();
    const stack = await openStack({ DATABASE_URL: await cluster.createDatabase() });
    const scene = await Scene.open(stack, 'database away');
    for (const id of ['tone660', 'minute']) await scene.play(stack.site.pageUrl(id));
    await scene.ear.hearsMusic(25);

    await cluster.stop('immediate');
    expect(await scene.answerTo('/volume', { level: 50 })).toMatch(/save changes/);
    const heard = scene.ear.music.length;
    await scene.ear.hearsMusic(heard + 400); // over the end of the first track
    expect(longestGapMs(scene.ear.music)).toBeLessThan(NO_GAP_MS);
    expect(await scene.state(stack)).toMatchObject({
      current_song: { title: 'A whole minute' },
      volume_percent: 100,
    });

    await cluster.start();
    const client = new PlayerClient(stack.commandEndpoint);
    onTestFinished(() => client[Symbol.dispose]());
    const setLoop = () => client.request('SET_LOOP', scene.guild, { mode: 'track' }).catch(() => undefined);
    await expect.poll(setLoop, { timeout: 10_000 }).toBeDefined();
    await stack.player.kill();
    const before = scene.ear.music.length;
    await stack.player.start();
    await scene.ear.hearsMusic(before + 25);
    expect(await scene.state(stack)).toMatchObject({
      current_song: { title: 'A whole minute' },
      loop: 'track',
    });
    await stack.player.stop(); // before its database goes
  },
);
