import { rmsDb, steepestStep, toneLevelDb } from '@bandstand/test-support';
import { describe, expect, test } from 'vitest';
import { PlayerClient } from './harness/player-client.ts';
import { Scene } from './harness/scene.ts';
import { shareStack } from './harness/shared-stack.ts';
import type { Stack } from './harness/stack.ts';

let stack: Stack;

shareStack((started) => {
  stack = started;
});

const RATE_HZ = 48_000;
/** Long enough that two tones make no beat in it. */
const WINDOW = RATE_HZ / 10;

function windowsOf(samples: Float64Array): Float64Array[] {
  return Array.from({ length: Math.floor(samples.length / WINDOW) }, (_, index) =>
    samples.subarray(index * WINDOW, (index + 1) * WINDOW),
  );
}

describe.concurrent('two signals at once', () => {
  test('tracks fade into each other: one goes as the other comes, and together they stay as loud', async () => {
    const scene = await Scene.open(stack, 'crossfade');
    using client = new PlayerClient(stack.commandEndpoint);
    await client.request('SET_CROSSFADE', scene.guild, { crossfade_ms: 2_000 });
    await scene.play(stack.site.playlistUrl('three'));
    const music = await scene.ear.hearsTheEnd(650, 45_000);

    expect(Math.abs(music.length * 20 - (3 * 6_000 - 2 * 2_000))).toBeLessThanOrEqual(200);
    expect(scene.ear.counts).toMatchObject({ undecryptable: 0, lost: 0 });
    const heard = scene.ear.samples.subarray(RATE_HZ / 4, (music.length - 20) * 960);
    const windows = windowsOf(heard);
    const levels = windows.map(rmsDb);
    const levelDb = Math.max(...levels);
    expect(levelDb - Math.min(...levels)).toBeLessThan(1);
    for (const pair of [
      [440, 660],
      [660, 880],
    ] as const) {
      const isHeard = (window: Float64Array, hz: number) => toneLevelDb(window, hz, RATE_HZ) > levelDb - 20;
      const both = windows.filter((window) => pair.every((hz) => isHeard(window, hz)));
      expect(both.length).toBeGreaterThan(14); // of 20 tenths of a second
      expect(both.length).toBeLessThan(21);
    }
    const amplitude = 1.1 * 10 ** ((levelDb + 3.01) / 20);
    expect(steepestStep(heard)).toBeLessThan((amplitude * 2 * Math.PI * (660 + 880)) / RATE_HZ);
  });

  test('/announce is heard over the music, which is ducked under it, comes back, and loses nothing', async () => {
    const scene = await Scene.open(stack, 'layer');
    using client = new PlayerClient(stack.commandEndpoint);
    stack.discord.moderator.grants(scene.user, scene.guild, 'PrioritySpeaker');
    await scene.play(stack.site.pageUrl('tone440'));
    await scene.ear.hearsMusic(25);
    const answer = await scene.answerTo('/announce', { what: stack.site.mediaUrl('tone880', 'webm') });
    expect(answer).toContain('On air: ');
    expect((await scene.state(stack)).layer).toMatchObject({ mode: 'overlay' });
    await scene.ear.hearsMusic(scene.ear.music.length + 30);
    await client.request('STOP_LAYER', scene.guild, {});
    const music = await scene.ear.hearsTheEnd(280);

    expect(Math.abs(music.length * 20 - 6_000)).toBeLessThanOrEqual(60);
    expect(scene.ear.counts).toMatchObject({ undecryptable: 0, lost: 0 });
    const heard = scene.ear.samples.subarray(RATE_HZ / 4, (music.length - 10) * 960);
    const windows = windowsOf(heard).map((window) => ({
      music: toneLevelDb(window, 440, RATE_HZ),
      layer: toneLevelDb(window, 880, RATE_HZ),
    }));
    const ownDb = windows[0]?.music ?? Number.NaN;
    const from = windows.findIndex((window) => window.layer > ownDb - 1);
    const to = windows.findLastIndex((window) => window.layer > ownDb - 1) + 1;
    expect(to - from).toBeGreaterThan(4); // tenths of a second
    for (const window of windows.slice(from + 3, to)) expect(window.music - ownDb).toBeCloseTo(-12, 0);
    for (const window of [...windows.slice(0, from - 2), ...windows.slice(to + 10)]) {
      expect(window.layer).toBeLessThan(ownDb - 40);
      expect(window.music - ownDb).toBeCloseTo(0, 0);
    }
    expect(windows.length - to).toBeGreaterThan(8);
    const amplitude = 1.1 * 10 ** (ownDb / 20);
    expect(steepestStep(heard)).toBeLessThan((amplitude * 2 * Math.PI * (440 + 880)) / RATE_HZ);
  });
});
