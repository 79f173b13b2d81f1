import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { killProcessGroup } from './process-group.ts';
import { startService } from './service-process.ts';

/** Starts a real Node process that runs the given program; its lines are collected. */
async function startProgram(program: string, env: NodeJS.ProcessEnv = {}) {
  const folder = mkdtempSync(join(tmpdir(), 'service-process-'));
  const entry = join(folder, 'main.ts');
  writeFileSync(entry, program);
  const lines: string[] = [];
  const onLine = (line: string, stream: string) => lines.push(`${stream}: ${line}`);
  const service = await startService({ name: 'program', entry, env, onLine });
  return {
    service,
    lines,
    [Symbol.asyncDispose]: async () => {
      service.kill('SIGKILL');
      await service.stop();
      rmSync(folder, { recursive: true });
    },
  };
}

const READY_UNTIL_SIGTERM = `
  const keepAlive = setInterval(() => {}, 1e6);
  process.on('SIGTERM', () => { console.log('bye'); clearInterval(keepAlive); });
  console.log('ready');`;

test('a service that heeds SIGTERM ends with its own exit code and its last words', async () => {
  await using program = await startProgram(READY_UNTIL_SIGTERM);
  await expect.poll(() => program.lines).toEqual(['stdout: ready']);

  const exit = await program.service.stop();

  expect(exit).toEqual({ code: 0, signal: null, forced: false, leftChildren: false });
  expect(program.lines).toEqual(['stdout: ready', 'stdout: bye']);
});

test('a service that ignores SIGTERM is killed after 5 s', async () => {
  await using program = await startProgram(
    "setInterval(() => {}, 1e6); process.on('SIGTERM', () => {}); console.log('ready');",
  );
  await expect.poll(() => program.lines).toEqual(['stdout: ready']);

  const startedMs = performance.now();
  const exit = await program.service.stop();

  expect(exit).toMatchObject({ code: null, signal: 'SIGKILL', forced: true });
  expect(performance.now() - startedMs).toBeGreaterThanOrEqual(4900);
});

test('what a service leaves behind in its group is reported and killed', async () => {
  await using program = await startProgram(`
    import { spawn } from 'node:child_process';
    const child = spawn('sleep', ['600'], { stdio: 'inherit' });
    child.once('spawn', () => console.log('ready'));
    process.on('SIGTERM', () => process.exit(0));`);
  await expect.poll(() => program.lines).toEqual(['stdout: ready']);
  const groupId = program.service.process.pid ?? Number.NaN;

  const exit = await program.service.stop();

  expect(exit).toMatchObject({ code: 0, leftChildren: true });
  await expect.poll(() => killProcessGroup(groupId)).toBe(false);
});

test('the environment is the given one and nothing of the parent', async () => {
  await using program = await startProgram('console.error(JSON.stringify(process.env));', { ONLY: 'this' });
  await program.service.exited;

  expect(program.lines).toEqual(['stderr: {"ONLY":"this"}']);
});

test('a service killed from outside is reported with the signal, and stopping it again changes nothing', async () => {
  await using program = await startProgram(READY_UNTIL_SIGTERM);
  await expect.poll(() => program.lines).toEqual(['stdout: ready']);

  expect(program.service.kill('SIGKILL')).toBe(true);
  const exit = await program.service.exited;

  expect(exit).toEqual({ code: null, signal: 'SIGKILL', forced: false, leftChildren: false });
  expect(program.service.kill('SIGTERM')).toBe(false);
  expect(await program.service.stop()).toEqual(exit);
});
