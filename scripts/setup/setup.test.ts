import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { prepareMachine } from './setup.mjs';
import { SetupError } from './setup-error.mjs';

/** A folder to set up, with a step that counts how often it had to provide. */
function newMachine() {
  const root = mkdtempSync(join(tmpdir(), 'setup-'));
  const printed: string[] = [];
  const provided: string[] = [];
  const out = { write: (text: string) => void printed.push(text) };
  const step = (name: string, provide = async () => {}) => ({
    name,
    title: name,
    isCurrent: (_context: unknown, record: { value: string }) => record.value === 'good',
    provide: async () => {
      await provide();
      provided.push(name);
      return { record: { value: 'good' }, what: `made ${name}` };
    },
    apply: (context: { env: NodeJS.ProcessEnv }) => {
      context.env[`HAS_${name}`] = 'yes';
    },
  });
  return {
    root,
    provided,
    text: () => printed.join(''),
    step,
    prepare: (steps: ReturnType<typeof step>[]) =>
      prepareMachine({ root, steps, env: {}, out: out as never }),
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}

test('each step is provided once and known to what is started, also on later runs', async () => {
  using machine = newMachine();
  const steps = [machine.step('A'), machine.step('B')];

  const first = await machine.prepare(steps);
  const second = await machine.prepare(steps);

  expect(machine.provided).toEqual(['A', 'B']);
  expect([first.env, second.env]).toEqual([
    { HAS_A: 'yes', HAS_B: 'yes' },
    { HAS_A: 'yes', HAS_B: 'yes' },
  ]);
});

test('a run that finds everything in place prints nothing', async () => {
  using machine = newMachine();
  await machine.prepare([machine.step('A')]);
  const before = machine.text();

  await machine.prepare([machine.step('A')]);

  expect(machine.text()).toBe(before);
  expect(before).toMatch(/^ {2}✔ A +made A {2}\(0\.\d s\)\n$/);
});

test('steps done before a failure are not done again', async () => {
  using machine = newMachine();
  const failing = machine.step('B', () => Promise.reject(new SetupError('install B and try again')));

  await expect(machine.prepare([machine.step('A'), failing])).rejects.toThrow('install B and try again');
  await machine.prepare([machine.step('A'), machine.step('B')]);

  expect(machine.provided).toEqual(['A', 'B']);
});

test('two runs at once do each step once, and the second says that it waits', async () => {
  using machine = newMachine();
  const begun = Promise.withResolvers<void>();
  const release = Promise.withResolvers<void>();
  const slow = machine.step('A', () => {
    begun.resolve();
    return release.promise;
  });

  const first = machine.prepare([slow]);
  await begun.promise;
  const second = machine.prepare([slow]);
  await expect.poll(machine.text).toContain('Waiting for the set-up that is already running');
  release.resolve();
  await Promise.all([first, second]);

  expect(machine.provided).toEqual(['A']);
});

test('the lock of a process that died is taken over', async () => {
  using machine = newMachine();
  await machine.prepare([]);
  await machine.prepare([machine.step('A')]);
  writeFileSync(join(machine.root, '.tools', 'setup.lock'), '999999999');

  await machine.prepare([machine.step('B')]);

  expect(machine.provided).toEqual(['A', 'B']);
});

test('a stamp made in another folder counts for nothing: installs hold absolute paths', async () => {
  using machine = newMachine();
  await machine.prepare([machine.step('A')]);
  const stamp = join(machine.root, '.tools', 'setup.json');
  writeFileSync(stamp, readFileSync(stamp, 'utf8').replace(machine.root, '/elsewhere'));

  await machine.prepare([machine.step('A')]);

  expect(machine.provided).toEqual(['A', 'A']);
});

test('a stamp cut short by a crash counts for nothing', async () => {
  using machine = newMachine();
  await machine.prepare([machine.step('A')]);
  writeFileSync(join(machine.root, '.tools', 'setup.json'), '{"root":');

  await machine.prepare([machine.step('A')]);

  expect(machine.provided).toEqual(['A', 'A']);
});
