import { writeFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { keyFolder } from '../../test/curve-fixtures.ts';
import { isLocal, parseEndpoint } from '../endpoint.ts';
import { readKeyFile } from './key-files.ts';
import { assertEndpointAllowed, readTransportSecurity } from './transport-security.ts';

describe('the environment', () => {
  test('without key variables there is no CURVE, and nothing insecure unless it says so', () => {
    expect(readTransportSecurity({}, 'player')).toEqual({ mechanism: 'none', allowInsecure: false });
    expect(readTransportSecurity({ CURVE_SECRET_KEY_FILE: ' ' }, 'bot')).toMatchObject({ mechanism: 'none' });
    for (const [text, allowInsecure] of [
      ['1', true],
      ['true', true],
      ['0', false],
      ['', false],
    ] as const) {
      expect(readTransportSecurity({ INSECURE_TRANSPORT: text }, 'bot')).toMatchObject({ allowInsecure });
    }
    expect(() => readTransportSecurity({ INSECURE_TRANSPORT: 'maybe' }, 'bot')).toThrow('INSECURE_TRANSPORT');
  });

  test('each side reads its own pair and its list or peer', async () => {
    await using keys = await keyFolder();
    await keys.allow(readKeyFile(keys.files.botPublic));
    const own = {
      CURVE_SECRET_KEY_FILE: keys.files.playerSecret,
      CURVE_PUBLIC_KEY_FILE: keys.files.playerPublic,
    };
    const player = readTransportSecurity(
      { ...own, CURVE_ALLOWED_CLIENT_KEYS_FILE: keys.allowlist },
      'player',
    );
    const bot = readTransportSecurity(
      {
        CURVE_SECRET_KEY_FILE: keys.files.botSecret,
        CURVE_PUBLIC_KEY_FILE: keys.files.botPublic,
        CURVE_SERVER_PUBLIC_KEY_FILE: keys.files.playerPublic,
      },
      'bot',
    );

    expect(player).toEqual(keys.player);
    expect(bot).toEqual(keys.bot);
    // A public key file is a list of one, so a bot's can be given as it is.
    expect(
      readTransportSecurity({ ...own, CURVE_ALLOWED_CLIENT_KEYS_FILE: keys.files.botPublic }, 'player'),
    ).toMatchObject({ mechanism: 'curve' });
  });

  test('half a configuration is refused, naming what is missing', () => {
    expect(() => readTransportSecurity({ CURVE_SECRET_KEY_FILE: '/x' }, 'bot')).toThrow(
      'CURVE is configured in part: CURVE_PUBLIC_KEY_FILE, CURVE_SERVER_PUBLIC_KEY_FILE must be set too',
    );
  });

  test('every wrong file is named at once', async () => {
    await using keys = await keyFolder();
    await writeFile(keys.allowlist, 'garbage\n');
    const read = () =>
      readTransportSecurity(
        {
          CURVE_SECRET_KEY_FILE: keys.files.playerSecret,
          CURVE_PUBLIC_KEY_FILE: keys.files.botPublic,
          CURVE_ALLOWED_CLIENT_KEYS_FILE: keys.allowlist,
        },
        'player',
      );

    expect(read).toThrow(`${keys.files.botPublic} is not the public key of ${keys.files.playerSecret}`);
    expect(read).toThrow(`key list ${keys.allowlist}, line 1`);
  });
});

describe('endpoints', () => {
  const none = { mechanism: 'none', allowInsecure: false } as const;

  test.each([
    'tcp://127.0.0.1:5555',
    'tcp://127.9.8.7:*',
    'tcp://localhost:1',
    'tcp://[::1]:5555',
    'ipc:///run/player.sock',
  ])('%s stays on this machine', (text) => {
    expect(isLocal(parseEndpoint(text))).toBe(true);
    expect(assertEndpointAllowed(text, none)).toBe(text);
  });

  test.each([
    'tcp://*:5555',
    'tcp://0.0.0.0:5555',
    'tcp://[::]:5555',
    'tcp://player:5555',
    'tcp://10.0.0.1:5555',
    'tcp://127.0.0.1.example.org:5555',
    'tcp://localhost.example.org:5555',
  ])('%s needs keys, or the word of the operator', (text) => {
    expect(() => assertEndpointAllowed(text, none)).toThrow('INSECURE_TRANSPORT=1');
    expect(assertEndpointAllowed(text, { mechanism: 'none', allowInsecure: true })).toBe(text);
  });

  test.each([
    '',
    'player:5555',
    'http://127.0.0.1:1',
    'tcp://127.0.0.1',
    'tcp://127.0.0.1:70000',
    'tcp://10.0.0.1:0;127.0.0.1:5555',
    'tcp://127.0.0.1:5555/x',
    'ipc://',
    `ipc:///${'x'.repeat(107)}`,
    'inproc://zeromq.zap.01',
  ])('%s is no endpoint', (text) => {
    expect(() => parseEndpoint(text)).toThrow('not an endpoint');
  });
});
