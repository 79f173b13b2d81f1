import { expect, test } from 'vitest';
import { Scene } from './harness/scene.ts';
import type { Service } from './harness/service.ts';
import { Stack } from './harness/stack.ts';

test('both services tell what they did', async () => {
  await using stack = await Stack.start();
  const scene = await Scene.open(stack, 'metrics');
  await scene.play(stack.site.pageUrl('tone440'));
  await scene.ear.hearsMusic(50);
  await scene.play(stack.site.pageUrl('private'));
  await scene.answerTo('/stop');

  const player = await metricsOf(stack.player, 'player ready');
  expect(player.of('bandstand_frames_total{outcome="sent"}')).toBeGreaterThanOrEqual(50);
  expect(player.of('bandstand_frames_total{outcome="late"}')).toBeGreaterThanOrEqual(0);
  expect(player.of('bandstand_tracks_started_total')).toBe(1);
  expect(player.of('bandstand_command_seconds_count{command="ADD_TO_QUEUE",outcome="ok"}')).toBe(2);
  expect(player.of('bandstand_source_seconds_count{operation="load",outcome="ok"}')).toBe(1);
  expect(player.of('bandstand_source_seconds_count{operation="load",outcome="TRACK_PRIVATE"}')).toBe(1);
  expect(player.of('bandstand_store_available')).toBe(1);
  expect(player.of('nodejs_heap_size_used_bytes')).toBeGreaterThan(0);

  const bot = await metricsOf(stack.bot, 'bot ready');
  expect(bot.of('bandstand_player_usable')).toBe(1);
  expect(bot.of('bandstand_guilds')).toBeGreaterThanOrEqual(1);
  expect(bot.of('bandstand_interaction_seconds_count{interaction="stop",outcome="ok"}')).toBe(1);
  expect(bot.of('bandstand_snapshots_total{reason="followed"}')).toBeGreaterThanOrEqual(1);
});

async function metricsOf(service: Service, readyLine: string) {
  const ready = await service.logs.waitFor((line) => line['msg'] === readyLine, { since: 0 });
  const response = await fetch(`http://127.0.0.1:${Number(ready['health'])}/metrics`);
  const values = new Map<string, number>();
  for (const line of (await response.text()).split('\n')) {
    const [, name, value] = /^([a-z].*) (\S+)$/.exec(line) ?? [];
    if (name !== undefined) values.set(name, Number(value));
  }
  return { of: (name: string) => values.get(name) };
}
