import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { ConfigError } from '@bandstand/service-kit';
import { expect, onTestFinished, test } from 'vitest';
import { readConfig } from './config.ts';

function problemsOf(env: Record<string, string>): readonly string[] {
  try {
    readConfig(env);
  } catch (error) {
    if (error instanceof ConfigError) return error.problems;
    throw error;
  }
  throw new Error('the configuration was accepted');
}

test('an empty environment is a player on loopback, at the first system’s ports', () => {
  expect(readConfig({})).toMatchObject({
    commandEndpoint: 'tcp://127.0.0.1:5555',
    eventEndpoint: 'tcp://127.0.0.1:5556',
    security: { mechanism: 'none', allowInsecure: false },
    IDLE_LEAVE_SECONDS: 300_000,
  });
});

test('an empty or blank value counts as unset', () => {
  expect(readConfig({ LOG_LEVEL: '', MUSIC_ROOT: ' ', COMMAND_PORT: '' }).LOG_LEVEL).toBe('info');
});

test('"never" keeps the player in the channel', () => {
  expect(readConfig({ IDLE_LEAVE_SECONDS: 'never' }).IDLE_LEAVE_SECONDS).toBeNull();
});

test('an IPv6 address is put into brackets', () => {
  expect(readConfig({ BIND_HOST: '::1' }).commandEndpoint).toBe('tcp://[::1]:5555');
});

test('every problem is named at once', () => {
  const problems = problemsOf({ COMMAND_PORT: '70000', LOG_LEVEL: 'loud', QUEUE_LIMIT: 'many' });
  expect(problems.map((problem) => problem.split(':')[0]).sort()).toEqual([
    'COMMAND_PORT',
    'LOG_LEVEL',
    'QUEUE_LIMIT',
  ]);
});

test('ports-without-authentication: beyond loopback there are keys, or the operator says so', () => {
  expect(problemsOf({ BIND_HOST: '0.0.0.0' }).join('\n')).toContain('INSECURE_TRANSPORT=1');
  expect(readConfig({ BIND_HOST: '0.0.0.0', INSECURE_TRANSPORT: '1' }).commandEndpoint).toBe(
    'tcp://0.0.0.0:5555',
  );
});

test('half a set of keys is a mistake, not "no encryption"', () => {
  expect(problemsOf({ CURVE_SECRET_KEY_FILE: '/keys/player.secret.key' }).join('\n')).toContain(
    'CURVE_PUBLIC_KEY_FILE',
  );
});

test('what is for tests only is refused in production', () => {
  const env = { NODE_ENV: 'production', EGRESS_ALLOW: '127.0.0.1:80', YT_DLP_PLUGIN_DIRS: '/plugins' };
  expect(problemsOf(env)).toHaveLength(2);
});

test('a file of its own is the default; DATABASE_URL, or a file that holds it, switches to PostgreSQL', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bandstand-config-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  const file = join(folder, 'database-url');
  const url = 'postgres://player:secret@db.example:5432/bandstand';
  writeFileSync(file, `${url}\n`);
  expect(readConfig({})).toMatchObject({ DATA_DIR: './data/player', RESUME_MAX_AGE_MINUTES: 60 });
  expect(readConfig({}).DATABASE_URL).toBeUndefined();
  expect(readConfig({ DATABASE_URL: url }).DATABASE_URL).toBe(url);
  expect(readConfig({ DATABASE_URL_FILE: file }).DATABASE_URL).toBe(url);
  expect(problemsOf({ DATABASE_URL_FILE: join(folder, 'absent') })).toHaveLength(1);
  expect(problemsOf({ DATABASE_URL: 'mysql://db.example/x' }).join()).toContain('postgres://');
});
