import { guildIdSchema, PlayerError } from '@bandstand/protocol';
import { createLogger } from '@bandstand/service-kit';
import { expect, test } from 'vitest';
import { type Credential, CredentialRelay } from './credential-relay.ts';

const log = createLogger({ name: 'test', level: 'silent' });
const guild = guildIdSchema.parse('1');
const server = (token: string): Credential => ({
  action: 'VOICE_SERVER_UPDATE',
  data: { token, endpoint: null },
});
const tokenOf = (credential: Credential) => ('token' in credential.data ? credential.data.token : '');

test('the next one leaves only after the one before was acknowledged, per guild', async () => {
  const begun: string[] = [];
  const acknowledge: (() => void)[] = [];
  const relay = new CredentialRelay({
    log,
    forward: (guildId, credential) => {
      begun.push(`${guildId}:${tokenOf(credential)}`);
      return new Promise((resolve) => acknowledge.push(resolve));
    },
  });
  relay.push(guild, server('a'));
  relay.push(guild, server('b'));
  relay.push(guildIdSchema.parse('2'), server('c'));
  expect(begun).toEqual(['1:a', '2:c']);
  acknowledge[0]?.();
  await expect.poll(() => begun).toEqual(['1:a', '2:c', '1:b']);
});

test('a refusal does not hold up what follows', async () => {
  const done: string[] = [];
  const relay = new CredentialRelay({
    log,
    forward: async (_guildId, credential) => {
      if (tokenOf(credential) === 'a') throw new PlayerError('PLAYER_UNREACHABLE', 'away');
      done.push(tokenOf(credential));
    },
  });
  relay.push(guild, server('a'));
  relay.push(guild, server('b'));
  await expect.poll(() => done).toEqual(['b']);
});

test('while the player is away only the newest are kept', async () => {
  const begun: string[] = [];
  let release = (): void => {};
  const relay = new CredentialRelay({
    log,
    forward: async (_guildId, credential) => {
      begun.push(tokenOf(credential));
      if (begun.length === 1) await new Promise<void>((resolve) => (release = resolve));
    },
  });
  for (let i = 0; i < 100; i++) relay.push(guild, server(String(i)));
  release();
  await expect.poll(() => begun.at(-1)).toBe('99');
  expect(begun).toHaveLength(9);
});
