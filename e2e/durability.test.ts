import { afterEach, beforeEach, expect, test } from 'vitest';
import { PlayerClient } from './harness/player-client.ts';
import { Scene } from './harness/scene.ts';
import { Stack } from './harness/stack.ts';

/** A guild is back on its track within this time after the player was started again. */
const BACK_MS = 10_000;
const POSITION_ERROR_MS = 3_000;
const FRAME_MS = 20;

let stack: Stack;

beforeEach(async () => {
  stack = await Stack.start();
});

afterEach(async () => {
  await stack[Symbol.asyncDispose]();
  stack.discord.assertNothingUnexpected();
});

async function entriesOf(scene: Scene): Promise<unknown> {
  const { current_song, queue, history_length, loop, volume_percent } = await scene.state(stack);
  return { current_song, queue, history_length, loop, volume_percent };
}

test.each(['SIGKILL', 'SIGTERM'] as const)(
  'after %s the same track goes on where it was, with the queue behind it as it was',
  async (signal) => {
    const scene = await Scene.open(stack, signal);
    using client = new PlayerClient(stack.commandEndpoint);
    for (const id of ['minute', 'tone660', 'tone440', 'tone660']) await scene.play(stack.site.pageUrl(id));
    await scene.ear.hearsMusic(25);
    await client.request('SET_LOOP', scene.guild, { mode: 'queue' });
    await client.request('SHUFFLE', scene.guild, {});
    const skipped = scene.ear.music.length;
    await client.request('SEEK', scene.guild, { position_ms: 40_000 });
    await scene.ear.hearsMusic(skipped + 200); // some four seconds: more than one anchor
    const before = await entriesOf(scene);
    const { revision } = await scene.state(stack);

    if (signal === 'SIGKILL') await stack.player.kill();
    else expect(await stack.player.stop()).toMatchObject({ code: 0, forced: false });
    const heard = scene.ear.music.length;
    const startedAtMs = performance.now();
    await stack.player.start();
    await scene.ear.hearsMusic(heard + 25);
    expect(performance.now() - startedAtMs).toBeLessThan(BACK_MS);
    expect(await entriesOf(scene)).toEqual(before);

    const { position, revision: after } = await scene.state(stack);
    const playedMs = 40_000 + (scene.ear.music.length - skipped) * FRAME_MS;
    expect(Math.abs(position.position_ms - playedMs)).toBeLessThan(POSITION_ERROR_MS);
    expect(after).toBeGreaterThanOrEqual(revision);
  },
);

test('what is left of the track after a crash is what was not heard before it', async () => {
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
    .toMatchObject({
      player_status: 'paused',
      position: { position_ms: position.position_ms, moving: false },
    });
  expect(scene.ear.music.length).toBe(heard);
  await client.request('RESUME', scene.guild, {});
  await scene.ear.hearsMusic(heard + 25);
});
