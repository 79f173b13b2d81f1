import { ConfigError } from '@bandstand/service-kit';
import { expect, test } from 'vitest';
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
