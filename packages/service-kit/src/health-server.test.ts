import { expect, test } from 'vitest';
import { startHealthServer } from './health-server.ts';
import { countedElsewhere, createMetrics, readNow } from './metrics.ts';

test('each check answers 200 or 503 with its report', async () => {
  let ready = false;
  await using server = await startHealthServer({
    port: 0,
    healthz: () => ({ ok: true }),
    readyz: () => ({ ok: ready, discord: 'connecting' }),
  });
  const ask = (path: string, init?: RequestInit) => fetch(`http://127.0.0.1:${server.port}${path}`, init);

  expect((await ask('/healthz')).status).toBe(200);
  const notReady = await ask('/readyz');
  expect(notReady.status).toBe(503);
  expect(await notReady.json()).toEqual({ ok: false, discord: 'connecting' });
  ready = true;
  expect((await ask('/readyz?verbose')).status).toBe(200);
  expect((await ask('/')).status).toBe(404);
  expect((await ask('/healthz', { method: 'POST' })).status).toBe(405);
});

test('a check that throws means not well, without showing why', async () => {
  await using server = await startHealthServer({
    port: 0,
    healthz: () => {
      throw new Error('secret');
    },
    readyz: () => ({ ok: true }),
  });
  const response = await fetch(`http://127.0.0.1:${server.port}/healthz`);
  expect(response.status).toBe(503);
  expect(await response.text()).not.toContain('secret');
});

test('figures are read when they are asked for, and never counted twice', async () => {
  const metrics = createMetrics('test', '1.2.3');
  const frames = { sent: 3, late: 0 };
  countedElsewhere(
    metrics,
    { name: 'bandstand_frames_total', help: 'Frames.', label: 'outcome' },
    () => frames,
  );
  readNow(metrics, 'bandstand_players', 'Players.', () => frames.sent * 2);
  await using server = await startHealthServer({
    port: 0,
    healthz: () => ({ ok: true }),
    readyz: () => ({ ok: true }),
    metrics,
  });
  const read = async () => (await fetch(`http://127.0.0.1:${server.port}/metrics`)).text();

  expect(await read()).toContain('bandstand_frames_total{outcome="sent"} 3');
  frames.sent = 5;
  const text = await read();
  expect(text).toContain('bandstand_frames_total{outcome="sent"} 5');
  expect(text).toContain('bandstand_frames_total{outcome="late"} 0');
  expect(text).toContain('bandstand_players 10');
  expect(text).toContain('bandstand_build_info{service="test",version="1.2.3"} 1');
});
