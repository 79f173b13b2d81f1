import { expect, test } from 'vitest';
import { startHealthServer } from './health-server.ts';

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
