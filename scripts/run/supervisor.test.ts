import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { SupervisedService } from './supervised-service.ts';
import { Supervisor } from './supervisor.ts';

const RUNS =
  "setInterval(() => {}, 1e6); process.on('SIGTERM', () => process.exit(0)); console.log('ready');";

/** Programs to supervise, with pauses that end when the test says so. */
function workshop() {
  const folder = mkdtempSync(join(tmpdir(), 'supervisor-'));
  const pauses: { ms: number; end: () => void }[] = [];
  const notes: string[] = [];
  const lines: string[] = [];
  let nowMs = 0;
  return {
    pauses,
    notes,
    lines,
    advance: (ms: number) => {
      nowMs += ms;
    },
    options: (name: string, program: string) => {
      const entry = join(folder, `${name}.ts`);
      writeFileSync(entry, program);
      return {
        name,
        entry,
        env: {},
        onLine: (line: string) => void lines.push(`${name}: ${line}`),
        onNote: (text: string) => void notes.push(`${name}: ${text}`),
        nowMs: () => nowMs,
        after: (ms: number, end: () => void) => {
          const pause = { ms, end };
          pauses.push(pause);
          return () => void pauses.splice(pauses.indexOf(pause), 1);
        },
      };
    },
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

test('a service that crashes again and again is started after pauses that double', async () => {
  using shop = workshop();
  const service = new SupervisedService(shop.options('bot', 'process.exit(3)'));

  const seen: number[] = [];
  await service.start();
  for (let crash = 0; crash < 4; crash += 1) {
    await expect.poll(() => shop.pauses.length).toBe(1);
    const [pause] = shop.pauses;
    seen.push(pause?.ms ?? Number.NaN);
    pause?.end();
  }
  await expect.poll(() => service.status).toBe('waiting');
  await service.stop();

  expect(seen).toEqual([500, 1000, 2000, 4000]);
  expect(shop.notes.slice(0, 2)).toEqual([
    'bot: ended by itself (exit code 3)',
    'bot: starts again in 0.5 s',
  ]);
  expect(await service.ended).toBe(0);
});

test('after a minute of running, a crash is the first one again', async () => {
  using shop = workshop();
  const service = new SupervisedService(shop.options('bot', RUNS));
  for (const aliveMs of [10, 10, 60_000]) {
    if (service.status === 'idle') await service.start();
    await expect.poll(() => service.status).toBe('running');
    const ready = shop.lines.length;
    await expect.poll(() => shop.lines.length).toBeGreaterThanOrEqual(Math.max(1, ready));
    shop.advance(aliveMs);
    process.kill(service.pid ?? 0, 'SIGKILL');
    await expect.poll(() => service.status).toBe('waiting');
    if (aliveMs < 60_000) shop.pauses[0]?.end();
  }
  await service.stop();

  expect(shop.notes.filter((note) => note.includes('starts again'))).toEqual([
    'bot: starts again in 0.5 s',
    'bot: starts again in 1 s',
    'bot: starts again in 0.5 s',
  ]);
});

test('a wrong configuration ends everything at once with exit code 78', async () => {
  using shop = workshop();
  const supervisor = new Supervisor([shop.options('player', RUNS), shop.options('bot', 'process.exit(78)')]);

  expect(await supervisor.run()).toBe(78);
  expect(shop.pauses).toEqual([]);
});

test('stopping ends every service and the run with exit code 0', async () => {
  using shop = workshop();
  const supervisor = new Supervisor([shop.options('player', RUNS), shop.options('bot', RUNS)]);
  const run = supervisor.run();
  await expect.poll(() => shop.lines.length).toBe(2);

  await supervisor.stop();

  expect(await run).toBe(0);
  expect(shop.notes).toEqual([]);
});

test('a service stopped while it waits for its next start is never started again', async () => {
  using shop = workshop();
  const service = new SupervisedService(shop.options('bot', "console.log('x'); process.exit(1)"));
  await service.start();
  await expect.poll(() => service.status).toBe('waiting');

  await service.stop();

  expect(shop.pauses).toEqual([]);
  expect(service.status).toBe('ended');
});
