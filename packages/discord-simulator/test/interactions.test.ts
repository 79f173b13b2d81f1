import { describe, expect, it } from 'vitest';
import { ManualClock, startDiscordSimulator } from '../src/index.ts';
import { GatewayClient } from './gateway-client.ts';

/** A bot reduced to its wire: it registers `/play` and answers nothing by itself. */
async function startWithSilentBot() {
  const clock = new ManualClock();
  const discord = await startDiscordSimulator({ clock });
  const client = await GatewayClient.open(discord);
  await client.identify(discord);
  const call = async (
    method: string,
    path: string,
    body?: unknown,
    token: string | null = discord.botToken,
  ) => {
    const response = await fetch(`${discord.restUrl}/v10${path}`, {
      method,
      headers: {
        ...(body === undefined ? {} : { 'content-type': 'application/json' }),
        ...(token === null ? {} : { authorization: `Bot ${token}` }),
      },
      ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    });
    const text = await response.text();
    return {
      status: response.status,
      headers: response.headers,
      body: text === '' ? undefined : JSON.parse(text),
    };
  };
  await call('POST', `/applications/${discord.bot.id}/commands`, {
    name: 'play',
    description: 'Plays',
    options: [{ type: 3, name: 'query', description: 'What', required: true }],
  });
  const run = async () => {
    const invocation = discord.user('alice').runs('/play', { query: 'x' });
    const { d } = await client.event('INTERACTION_CREATE', ({ d }) => d.id === invocation.id);
    const callback = (body: unknown) => call('POST', `/interactions/${d.id}/${d.token}/callback`, body, null);
    const webhook = `/webhooks/${discord.bot.id}/${d.token}`;
    return { invocation, interaction: d, callback, webhook };
  };
  return {
    clock,
    discord,
    client,
    call,
    run,
    async [Symbol.asyncDispose]() {
      await client[Symbol.asyncDispose]();
      await discord.close();
    },
  };
}

describe('an interaction', () => {
  it('that nobody acknowledges within three seconds has failed, for the person and for the bot', async () => {
    await using stage = await startWithSilentBot();
    const { invocation, callback } = await stage.run();

    stage.clock.advance(3000);

    await expect(invocation.reply()).rejects.toThrow('the application did not respond to /play');
    await expect(invocation.acknowledged).rejects.toThrow('did not respond');
    await expect(callback({ type: 4, data: { content: 'late' } })).resolves.toMatchObject({
      status: 404,
      body: { code: 10062, message: 'Unknown interaction' },
    });
    expect(stage.discord.log.takeUnexpected().map(({ kind }) => kind)).toEqual([
      'unacknowledgedInteraction',
      'refusedAnswer',
    ]);
  });

  it('misses its deadline behind a slow network', async () => {
    await using stage = await startWithSilentBot();
    const { invocation, callback } = await stage.run();
    stage.discord.faults.rest.slow('POST /interactions/:interaction/:token/callback', { delayMs: 3001 });
    const answer = callback({ type: 4, data: { content: 'too slow' } });
    const slowedDown = () => stage.discord.faults.rest.armed === 0;
    await expect.poll(slowedDown).toBe(true);

    stage.clock.advance(3001);

    await expect(answer).resolves.toMatchObject({ status: 404, body: { code: 10062 } });
    await expect(invocation.reply()).rejects.toThrow('did not respond');
  });

  it('takes one callback, at the last moment too, and refuses a second', async () => {
    await using stage = await startWithSilentBot();
    const { invocation, callback } = await stage.run();
    stage.clock.advance(2999);

    const first = await callback({ type: 4, data: { content: 'hello' } });
    expect(first.status).toBe(204);
    expect(first.headers.has('content-type')).toBe(false);
    await expect(callback({ type: 4, data: { content: 'again' } })).resolves.toMatchObject({
      status: 400,
      body: { code: 40060 },
    });
    await expect(invocation.reply()).resolves.toMatchObject({ content: 'hello' });
    expect(stage.discord.log.takeUnexpected()).toMatchObject([{ kind: 'refusedAnswer' }]);
  });

  it('can be followed up for 15 minutes', async () => {
    await using stage = await startWithSilentBot();
    const { callback, webhook } = await stage.run();
    await callback({ type: 5 });
    await expect(stage.call('POST', webhook, { content: 'x' }, null)).resolves.toMatchObject({ status: 200 });

    stage.clock.advance(15 * 60_000 - 1);
    const edit = () => stage.call('PATCH', `${webhook}/messages/@original`, { content: 'y' }, null);
    await expect(edit()).resolves.toMatchObject({ status: 200, body: { content: 'y' } });
    stage.clock.advance(1);
    await expect(edit()).resolves.toMatchObject({ status: 401, body: { code: 50027 } });
  });

  it('opens its webhook only with an acknowledgement', async () => {
    await using stage = await startWithSilentBot();
    const { webhook } = await stage.run();

    await expect(stage.call('POST', webhook, { content: 'x' }, null)).resolves.toMatchObject({
      status: 404,
      body: { code: 10015 },
    });
  });

  it('refuses a callback type that does not fit', async () => {
    await using stage = await startWithSilentBot();
    const { callback } = await stage.run();

    await expect(callback({ type: 7, data: { content: 'x' } })).resolves.toMatchObject({
      status: 400,
      body: { code: 50035, errors: { type: { _errors: [{ code: 'BASE_TYPE_CHOICES' }] } } },
    });
    await expect(callback({ type: 4, data: { content: 'x' } })).resolves.toMatchObject({ status: 204 });
  });

  it('reports the callback on request', async () => {
    await using stage = await startWithSilentBot();
    const { interaction } = await stage.run();
    const path = `/interactions/${interaction.id}/${interaction.token}/callback?with_response=true`;

    const answer = await stage.call('POST', path, { type: 5, data: { flags: 64 } }, null);

    expect(answer.body).toMatchObject({
      interaction: {
        id: interaction.id,
        type: 2,
        response_message_loading: true,
        response_message_ephemeral: true,
      },
      resource: { type: 5, message: { flags: 64 | 128 } },
    });
  });

  it('is not even sent when the person could not send it', async () => {
    await using stage = await startWithSilentBot();
    const alice = stage.discord.user('alice');

    expect(() => alice.runs('/play')).toThrow('/play needs the option query');
    expect(() => alice.runs('/play', { query: 'x', volume: 3 })).toThrow('/play has no option volume');
    expect(() => alice.runs('/nothing')).toThrow('nobody offers /nothing');
    const general = stage.discord.guild().textChannel('general');
    stage.discord.moderator.denies(general, alice, 'UseApplicationCommands');
    expect(() => alice.runs('/play', { query: 'x' })).toThrow('may not use commands in #general');
    expect(stage.client.names()).not.toContain('INTERACTION_CREATE');
  });
});

describe('a message body', () => {
  const embed = { title: 'x'.repeat(200), description: 'y'.repeat(4000) };
  const button = { type: 2, style: 1, label: 'L', custom_id: 'same' };
  it.each([
    ['nothing at all', {}, { code: 50006 }],
    [
      '2001 characters',
      { content: 'x'.repeat(2001) },
      { errors: { content: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH' }] } } },
    ],
    [
      'eleven embeds',
      { embeds: Array.from({ length: 11 }, () => ({ title: 'x' })) },
      { errors: { embeds: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH' }] } } },
    ],
    [
      '6000 characters of embeds',
      { embeds: [embed, embed] },
      { errors: { embeds: { _errors: [{ code: 'MAX_EMBED_SIZE_EXCEEDED' }] } } },
    ],
    [
      'an embed title of 257',
      { embeds: [{ title: 'x'.repeat(257) }] },
      { errors: { embeds: { 0: { title: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH' }] } } } } },
    ],
    [
      'a javascript: link',
      { embeds: [{ title: 'x', url: 'javascript:x' }] },
      { errors: { embeds: { 0: { url: { _errors: [{ code: 'URL_TYPE_INVALID_SCHEME' }] } } } } },
    ],
    [
      'six action rows',
      {
        components: Array.from({ length: 6 }, (_, i) => ({
          type: 1,
          components: [{ ...button, custom_id: `b${i}` }],
        })),
      },
      { errors: { components: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH' }] } } },
    ],
    [
      'six buttons in a row',
      {
        components: [
          { type: 1, components: Array.from({ length: 6 }, (_, i) => ({ ...button, custom_id: `b${i}` })) },
        ],
      },
      { code: 50035 },
    ],
    [
      'a custom id twice',
      { components: [{ type: 1, components: [button, button] }] },
      {
        errors: {
          components: {
            0: {
              components: { 1: { custom_id: { _errors: [{ code: 'COMPONENT_CUSTOM_ID_DUPLICATED' }] } } },
            },
          },
        },
      },
    ],
    [
      'a label of 81',
      { components: [{ type: 1, components: [{ ...button, label: 'x'.repeat(81) }] }] },
      { code: 50035 },
    ],
    [
      'text beside v2 components',
      { flags: 1 << 15, content: 'x', components: [{ type: 10, content: 'y' }] },
      { errors: { content: { _errors: [{ code: 'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2' }] } } },
    ],
    ['v2 components without the flag', { components: [{ type: 10, content: 'y' }] }, { code: 50035 }],
    [
      'parse and ids for the same mentions',
      { content: 'x', allowed_mentions: { parse: ['users'], users: ['1'] } },
      { code: 50035 },
    ],
  ])('with %s is refused', async (_what, body, expected) => {
    await using stage = await startWithSilentBot();
    const path = `/channels/${stage.discord.guild().textChannel().id}/messages`;

    const answer = await stage.call('POST', path, body);

    expect(answer).toMatchObject({ status: 400, body: { code: 50035, ...expected } });
    expect(stage.discord.log.takeUnexpected()).toMatchObject([{ kind: 'invalidPayload' }]);
  });

  it('notifies whom its allowed mentions allow', async () => {
    await using stage = await startWithSilentBot();
    const alice = stage.discord.user('alice');
    const path = `/channels/${stage.discord.guild().textChannel().id}/messages`;
    const content = `@everyone <@${alice.id}>`;

    const loud = await stage.call('POST', path, { content });
    const quiet = await stage.call('POST', path, { content, allowed_mentions: { parse: [] } });

    expect(loud.body).toMatchObject({ mention_everyone: true, mentions: [{ id: alice.id }] });
    expect(quiet.body).toMatchObject({ mention_everyone: false, mentions: [] });
  });

  it('of version 2 may hold text, buttons, sections and containers', async () => {
    await using stage = await startWithSilentBot();
    const path = `/channels/${stage.discord.guild().textChannel().id}/messages`;
    const components = [
      {
        type: 17,
        components: [
          {
            type: 9,
            components: [{ type: 10, content: '# Now playing' }],
            accessory: { type: 11, media: { url: 'https://example.org/a.png' } },
          },
          { type: 14 },
          { type: 1, components: [button] },
        ],
      },
    ];

    const sent = await stage.call('POST', path, { flags: 1 << 15, components });
    const edited = await stage.call('PATCH', `${path}/${sent.body.id}`, {
      components: [{ type: 10, content: 'over' }],
    });

    expect(sent.status).toBe(200);
    expect(edited.body).toMatchObject({ flags: 1 << 15, components: [{ type: 10, content: 'over', id: 1 }] });
    const plain = await stage.call('POST', path, { content: 'plain' });
    const mixed = await stage.call('PATCH', `${path}/${plain.body.id}`, { flags: 1 << 15, components });
    expect(mixed).toMatchObject({ status: 400, body: { code: 50035 } });
  });
});

describe('REST', () => {
  it('names unknown routes and wrong tokens in the call log', async () => {
    await using stage = await startWithSilentBot();

    await expect(stage.call('GET', '/nonsense')).resolves.toMatchObject({ status: 404, body: { code: 0 } });
    await expect(stage.call('GET', '/users/@me', undefined, 'wrong')).resolves.toMatchObject({ status: 401 });
    await expect(stage.call('GET', '/users/@me', undefined, null)).resolves.toMatchObject({ status: 401 });

    expect(() => stage.discord.assertNothingUnexpected()).toThrow(
      /3 unexpected thing\(s\):\n {2}unknownRoute: GET \/nonsense\n {2}unauthorised: GET \/users\/@me/,
    );
  });

  it('says on every answer how much of its bucket is left, and refuses what goes beyond', async () => {
    await using stage = await startWithSilentBot();
    const path = `/channels/${stage.discord.guild().textChannel().id}/messages`;
    const send = () => stage.call('POST', path, { content: 'x' });

    const remaining: (string | null)[] = [];
    for (let i = 0; i < 5; i += 1) remaining.push((await send()).headers.get('x-ratelimit-remaining'));
    const refused = await send();
    stage.clock.advance(5000);
    const later = await send();

    expect(remaining).toEqual(['4', '3', '2', '1', '0']);
    expect(refused).toMatchObject({ status: 429, body: { retry_after: 5, global: false } });
    expect(refused.headers.get('retry-after')).toBe('5');
    expect(refused.headers.get('x-ratelimit-scope')).toBe('user');
    expect(later.status).toBe(200);
  });

  it('misbehaves on demand, as often as asked, and only on the route named', async () => {
    await using stage = await startWithSilentBot();
    const { rest } = stage.discord.faults;
    rest.fail('GET /users/@me', { status: 502 });
    rest.rateLimit(/^GET \/gateway/, { retryAfterMs: 1500, scope: 'global' });
    rest.disconnect('GET /guilds/:guild');

    await expect(stage.call('GET', '/users/@me')).resolves.toMatchObject({ status: 502, body: undefined });
    await expect(stage.call('GET', '/users/@me')).resolves.toMatchObject({ status: 200 });
    const limited = await stage.call('GET', '/gateway/bot');
    expect(limited).toMatchObject({ status: 429, body: { retry_after: 1.5, global: true } });
    expect(limited.headers.get('x-ratelimit-global')).toBe('true');
    await expect(stage.call('GET', `/guilds/${stage.discord.guild().id}`)).rejects.toThrow('fetch failed');
    expect(() => rest.fail('GET /nonsense')).toThrow('no such route: GET /nonsense');
    stage.discord.assertNothingUnexpected();
  });

  it('gives the same ids for the same seed, and others for another', async () => {
    const idsOf = async (seed: string) => {
      await using discord = await startDiscordSimulator({ seed });
      return [
        discord.guild().id,
        discord.guild().voiceChannel().id,
        discord.bot.id,
        discord.botToken,
        discord.user('a').id,
      ];
    };

    const [first, second, other] = await Promise.all([idsOf('one'), idsOf('one'), idsOf('two')]);

    expect(second).toEqual(first);
    expect(first.filter((id) => other.includes(id))).toEqual([]);
    expect(first.slice(0, 3).every((id) => BigInt(id) > BigInt(Number.MAX_SAFE_INTEGER))).toBe(true);
  });
});
