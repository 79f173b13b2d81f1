import { readdirSync } from 'node:fs';
import { type Command, PlayerError, type RequestKey } from '@bandstand/protocol';
import { afterEach, describe, expect, test } from 'vitest';
import * as zmq from 'zeromq';
import type { CommandContext } from '../src/index.ts';
import {
  commandJson,
  EPOCH,
  failure,
  GUILD,
  helloReply,
  IMPATIENT,
  key,
  OTHER_GUILD,
  obedient,
  openClient,
  rawPeer,
  startRawPlayer,
  startServer,
  success,
  THIRD_GUILD,
  TRANSPORTS,
} from './command-fixtures.ts';

describe.each(TRANSPORTS)('commands over $name', ({ address }) => {
  test('a command reaches the handler and its reply the caller', async () => {
    await using place = await address();
    const seen: Command[] = [];
    await using server = await startServer(
      async (command, context) => {
        seen.push(command);
        expect(context.receivedAtMs).toBeLessThanOrEqual(performance.now());
        return obedient(command, context);
      },
      {},
      place,
    );
    using client = openClient(server.endpoint);

    const reply = await client.request('SET_VOLUME', GUILD, { volume_percent: 40 }, { key: key('k1') });

    expect(reply).toEqual({ changed: true });
    expect(seen).toMatchObject([
      { action: 'SET_VOLUME', guildId: GUILD, key: 'k1', data: { volume_percent: 40 } },
    ]);
    expect(client.peer).toMatchObject({ node_id: 'node-1', epoch: EPOCH, capabilities: ['test'] });
  });

  test("a failure arrives with the player's code and details, once", async () => {
    await using place = await address();
    let calls = 0;
    await using server = await startServer(
      async () => {
        calls++;
        throw new PlayerError('NOTHING_PLAYING', 'no track', { details: { asked: 1 } });
      },
      {},
      place,
    );
    using client = openClient(server.endpoint);

    const request = client.request('PAUSE', GUILD, {}, { key: key('k1') });

    await expect(request).rejects.toMatchObject({ code: 'NOTHING_PLAYING', details: { asked: 1 } });
    expect(calls).toBe(1);
  });

  test('a REQ socket is not dead after a time-out: the next command succeeds', async () => {
    await using place = await address();
    let lost = 0;
    await using player = await startRawPlayer(
      ({ action }) => (action === 'PAUSE' && lost++ === 0 ? undefined : reply(action)),
      place,
    );
    const timing = { ...IMPATIENT, PAUSE: { attemptMs: 200, totalMs: 200 } };
    using client = openClient(player.endpoint, { timing });

    await expect(client.request('PAUSE', GUILD, {}, { key: key('lost') })).rejects.toMatchObject({
      code: 'PLAYER_UNREACHABLE',
    });
    await expect(client.request('PAUSE', GUILD, {}, { key: key('next') })).resolves.toEqual({
      changed: true,
    });
  });

  test('a lost reply is asked for again with the same key', async () => {
    await using place = await address();
    let lost = 0;
    await using player = await startRawPlayer(
      ({ action }) => (action === 'PAUSE' && lost++ < 2 ? undefined : reply(action)),
      place,
    );
    using client = openClient(player.endpoint, { timing: IMPATIENT });

    await client.request('PAUSE', GUILD, {}, { key: key('interaction-7') });

    const keys = player.requests.filter(({ action }) => action === 'PAUSE').map((request) => request.key);
    expect(keys).toEqual(['interaction-7', 'interaction-7', 'interaction-7']);
  });

  test('a late reply is never taken for the answer to another request', async () => {
    await using place = await address();
    const late: (() => Promise<void>)[] = [];
    await using player = await startRawPlayer((request, send) => {
      if (request.key === 'first') {
        late.push(() => send(failure(new PlayerError('QUEUE_FULL', 'the late one'))));
        return undefined;
      }
      if (request.action !== 'PAUSE') return reply(request.action);
      void Promise.all(late.map((sendLate) => sendLate())).then(() => send(success({ changed: true })));
      return undefined;
    }, place);
    const timing = { ...IMPATIENT, PAUSE: { attemptMs: 100, totalMs: 100 } };
    using client = openClient(player.endpoint, { timing });

    await expect(client.request('PAUSE', GUILD, {}, { key: key('first') })).rejects.toMatchObject({
      code: 'PLAYER_UNREACHABLE',
    });
    await expect(client.request('PAUSE', GUILD, {}, { key: key('second'), ttlMs: 3_000 })).resolves.toEqual({
      changed: true,
    });
    expect(late.length).toBeGreaterThan(0);
  });

  test('a reply that names another request is thrown away and the request repeated', async () => {
    await using place = await address();
    let wrong = 0;
    await using player = await startRawPlayer((request) => {
      if (request.action !== 'PAUSE' || wrong++ > 0) return reply(request.action);
      return { ...failure(new PlayerError('QUEUE_FULL', 'of another')), key: 'somebody-else' as RequestKey };
    }, place);
    using client = openClient(player.endpoint, { timing: IMPATIENT });

    await expect(client.request('PAUSE', GUILD, {}, { key: key('mine') })).resolves.toEqual({
      changed: true,
    });
  });

  test('two guilds that hang do not delay a third one', async () => {
    await using place = await address();
    await using server = await startServer(
      async (command, context) =>
        command.guildId === THIRD_GUILD ? obedient(command, context) : hang.wait(context),
      {},
      place,
    );
    await using hang = hangingHandlers();
    using client = openClient(server.endpoint);
    const hung = [GUILD, OTHER_GUILD].flatMap((guildId) =>
      Array.from({ length: 12 }, (_, index) =>
        client
          .request('SEARCH', guildId, { query: 'x' }, { key: key(`${guildId}-${index}`) })
          .catch(() => 'ended'),
      ),
    );
    await expect.poll(() => server.running).toBe(8);

    const times: number[] = [];
    for (let index = 0; index < 50; index++) {
      const begun = performance.now();
      await client.request('PAUSE', THIRD_GUILD, {}, { key: key(`quick-${index}`) });
      times.push(performance.now() - begun);
    }

    expect(times.sort((a, b) => a - b)[48]).toBeLessThan(50);
    client.close();
    expect(await Promise.all(hung)).toEqual(Array.from({ length: 24 }, () => 'ended'));
  });

  test('replies go out in the order the work is done, not in which it came', async () => {
    await using place = await address();
    const gates = new Map<string, () => void>();
    await using server = await startServer(
      async (command, context) => {
        await new Promise<void>((open) => gates.set(String(command.key), open));
        return obedient(command, context);
      },
      {},
      place,
    );
    using client = openClient(server.endpoint);
    const done: string[] = [];
    const ask = (name: string) =>
      client.request('PAUSE', GUILD, {}, { key: key(name) }).then(() => done.push(name));
    const both = [ask('a'), ask('b')];
    await expect.poll(() => gates.size).toBe(2);

    gates.get('b')?.();
    await expect.poll(() => done).toEqual(['b']);
    gates.get('a')?.();
    await Promise.all(both);

    expect(done).toEqual(['b', 'a']);
  });

  test('after a restart of the player the client greets the new process', async () => {
    await using place = await address();
    let epoch = 'one';
    await using player = await startRawPlayer(
      ({ action }) => ({
        ...(action === 'HELLO' ? helloReply({ epoch }) : success({ changed: true })),
        epoch: epoch as never,
      }),
      place,
    );
    using client = openClient(player.endpoint);
    const peers: (string | undefined)[][] = [];
    client.on('peer', (peer, previous) => peers.push([previous?.epoch, peer.epoch]));

    await client.request('PAUSE', GUILD, {}, { key: key('1') });
    epoch = 'two';
    await client.request('PAUSE', GUILD, {}, { key: key('2') });

    await expect
      .poll(() => peers)
      .toEqual([
        [undefined, 'one'],
        ['one', 'two'],
      ]);
    expect(client.peer?.epoch).toBe('two');
  });

  test.each([
    ['a plain REQ', () => new zmq.Request()],
    ['a REQ that numbers its requests', () => new zmq.Request({ correlate: true })],
  ])('%s of the first system is served, and its integer guild id stays itself', async (_name, create) => {
    await using place = await address();
    const guilds: unknown[] = [];
    await using server = await startServer(
      async (command, context) => {
        guilds.push(command.guildId);
        return obedient(command, context);
      },
      {},
      place,
    );
    await using peer = rawPeer(create(), server.endpoint);

    await peer.socket.send(
      '{"type":"command","action":"PAUSE","guild_id":689241026199552011,"data":{},"timestamp":1.5}',
    );
    const [bytes] = await peer.socket.receive();

    expect(JSON.parse(String(bytes))).toMatchObject({
      status: 'success',
      data: { changed: true },
      key: null,
    });
    expect(guilds).toEqual(['689241026199552011']);
  });

  test('a DEALER that puts its own frames before the empty one gets them back', async () => {
    await using place = await address();
    await using server = await startServer(obedient, {}, place);
    await using peer = rawPeer(new zmq.Dealer(), server.endpoint);

    await peer.socket.send(['correlation-1', 'hop', '', commandJson()]);
    const frames = (await peer.socket.receive()).map(String);

    expect(frames.slice(0, 3)).toEqual(['correlation-1', 'hop', '']);
    expect(JSON.parse(frames[3] ?? '')).toMatchObject({ status: 'success', key: 'k' });
  });
});

describe('requests that cannot be carried out', () => {
  test('an aborted request ends with the reason of its signal, and the next one is answered', async () => {
    await using server = await startServer(async (command, context) =>
      command.key === 'hangs' ? hang.wait(context) : obedient(command, context),
    );
    await using hang = hangingHandlers();
    using client = openClient(server.endpoint);
    const abort = new AbortController();
    const request = client.request('PAUSE', GUILD, {}, { key: key('hangs'), signal: abort.signal });
    await expect.poll(() => server.running).toBe(1);

    abort.abort(new Error('the user left'));

    await expect(request).rejects.toThrow('the user left');
    await expect(client.request('PAUSE', GUILD, {}, { key: key('next') })).resolves.toEqual({
      changed: true,
    });
  });

  test('a player that is busy is asked again with the same key until it is not', async () => {
    let refusals = 0;
    const keys: unknown[] = [];
    await using server = await startServer(async (command, context) => {
      keys.push(command.key);
      if (refusals++ < 3) throw new PlayerError('PLAYER_BUSY', 'full');
      return obedient(command, context);
    });
    using client = openClient(server.endpoint, { random: () => 0 });

    await expect(client.request('PAUSE', GUILD, {}, { key: key('k') })).resolves.toEqual({ changed: true });
    expect(keys).toEqual(['k', 'k', 'k', 'k']);
  });

  test('six tries, then the caller hears the last answer of the player', async () => {
    let calls = 0;
    await using server = await startServer(async () => {
      calls++;
      throw new PlayerError('PLAYER_BUSY', 'full');
    });
    using client = openClient(server.endpoint, { random: () => 0 });

    await expect(client.request('PAUSE', GUILD, {}, { key: key('k') })).rejects.toMatchObject({
      code: 'PLAYER_BUSY',
      message: 'full',
    });
    expect(calls).toBe(6);
  });

  test('one handler more than the limit, of all or of one guild, is refused as busy', async () => {
    await using server = await startServer((_command, context) => hang.wait(context), {
      maxRunning: 3,
      maxRunningPerGuild: 2,
    });
    await using hang = hangingHandlers();
    await using peer = rawPeer(new zmq.Dealer(), server.endpoint);
    const ask = (guildId: string) => peer.socket.send(['', commandJson({ guild_id: guildId })]);

    for (const guildId of [GUILD, GUILD, GUILD, OTHER_GUILD, THIRD_GUILD]) await ask(guildId);
    const replies = [await peer.socket.receive(), await peer.socket.receive()].map((frames) =>
      JSON.parse(String(frames[1])),
    );

    expect(replies).toMatchObject([
      { code: 'PLAYER_BUSY', retryable: true, message: '2 commands of this guild are being carried out' },
      { code: 'PLAYER_BUSY', retryable: true, message: '3 commands are being carried out' },
    ]);
    expect(server.running).toBe(3);
  });

  test('sixteen sockets at most; of those that wait for one, only so many', async () => {
    await using server = await startServer((_command, context) => hang.wait(context));
    using client = openClient(server.endpoint, { timing: { PAUSE: { attemptMs: 4_000, totalMs: 4_000 } } });
    await client.hello();
    const codes: string[] = [];
    const all = Array.from({ length: 16 + 256 + 5 }, (_, index) =>
      client
        .request('PAUSE', `1000${index}` as never, {}, { key: key(`k${index}`) })
        .catch((error: PlayerError) => codes.push(error.code)),
    );
    await using hang = hangingHandlers();

    await expect.poll(() => codes).toEqual(Array.from({ length: 5 }, () => 'PLAYER_BUSY'));
    await expect.poll(() => server.running).toBe(16);
    expect(client.sockets).toBe(16);
    client.close();
    await Promise.all(all);
    expect(codes.slice(5).every((code) => code === 'PLAYER_UNREACHABLE')).toBe(true);
    expect(client.sockets).toBe(0);
  });

  test('data that breaks its schema never leaves the bot', async () => {
    await using server = await startServer();
    using client = openClient(server.endpoint);

    const request = client.request('SET_VOLUME', GUILD, { volume_percent: 5_000 }, { key: key('k') });

    await expect(request).rejects.toMatchObject({ code: 'BAD_REQUEST' });
  });

  test("a bug in a handler is an INTERNAL error without its text, and a problem in the player's log", async () => {
    await using server = await startServer(async () => {
      throw new TypeError('secret of the stack');
    });
    const problems: unknown[] = [];
    server.on('problem', (problem) => problems.push(problem));
    using client = openClient(server.endpoint);

    const error = await client
      .request('PAUSE', GUILD, {}, { key: key('k') })
      .catch((thrown: unknown) => thrown);

    expect(error).toMatchObject({ code: 'INTERNAL' });
    expect(String(error)).not.toContain('secret');
    expect(problems).toMatchObject([{ kind: 'handler', cause: { message: 'secret of the stack' } }]);
  });

  test('a reply beyond the size limit becomes an INTERNAL error', async () => {
    await using server = await startServer(async () => ({
      data: { changed: true, more: 'x'.repeat(600_000) },
    }));
    using client = openClient(server.endpoint);

    await expect(client.request('PAUSE', GUILD, {}, { key: key('k') })).rejects.toMatchObject({
      code: 'INTERNAL',
    });
  });

  test('hundreds of time-outs leave no socket open', async () => {
    await using player = await startRawPlayer(({ action }) =>
      action === 'PAUSE' ? undefined : reply(action),
    );
    using client = openClient(player.endpoint, { timing: { PAUSE: { attemptMs: 10, totalMs: 10 } } });
    const openFiles = () => readdirSync('/proc/self/fd').length;
    const lose = async (times: number) => {
      for (let index = 0; index < times; index++) {
        await client.request('PAUSE', GUILD, {}, { key: key(`k${index}`) }).catch(() => undefined);
        // A reply in between keeps the breaker closed.
        await client.request('SHUFFLE', GUILD, {}, { key: key(`s${index}`) }).catch(() => undefined);
      }
    };
    await lose(10);
    const before = openFiles();

    await lose(300);

    await expect.poll(openFiles).toBeLessThanOrEqual(before + 4);
    expect(player.requests.filter(({ action }) => action === 'PAUSE').length).toBeGreaterThan(300);
  });

  test('a request to nobody ends at its deadline', async () => {
    using client = openClient('tcp://127.0.0.1:9', { timing: { HELLO: { attemptMs: 50, totalMs: 10_000 } } });
    const begun = performance.now();

    const request = client.request('PAUSE', GUILD, {}, { key: key('k'), ttlMs: 400 });

    await expect(request).rejects.toMatchObject({ code: 'PLAYER_UNREACHABLE' });
    expect(performance.now() - begun).toBeLessThan(1_500);
  });
});

describe('who does not understand whom', () => {
  test('a player of another age is refused loudly, with the versions of both', async () => {
    await using player = await startRawPlayer(({ action }) =>
      action === 'HELLO' ? helloReply({ protocol_version: 9, oldest_protocol_version: 8 }) : success({}),
    );
    using client = openClient(player.endpoint);
    const problems: string[] = [];
    client.on('problem', ({ kind, message }) => problems.push(`${kind}: ${message}`));

    await expect(client.request('PAUSE', GUILD, {}, { key: key('k') })).rejects.toMatchObject({
      code: 'INCOMPATIBLE_PROTOCOL',
      message: 'this bot speaks protocol versions 1 to 1, the player node-1 8 to 9',
    });
    expect(problems).toEqual([
      'incompatible: this bot speaks protocol versions 1 to 1, the player node-1 8 to 9',
    ]);
    expect(player.requests.map(({ action }) => action)).toEqual(['HELLO']);
  });

  test('a player from before HELLO is named as such', async () => {
    await using player = await startRawPlayer(() => failure(new PlayerError('UNKNOWN_ACTION', 'HELLO?')));
    using client = openClient(player.endpoint);

    await expect(client.hello()).rejects.toMatchObject({
      code: 'INCOMPATIBLE_PROTOCOL',
      message: 'this bot speaks protocol versions 1 to 1, the player none that could be read (HELLO?)',
    });
  });

  test('a bot of another age is told so by the player', async () => {
    await using server = await startServer();
    await using peer = rawPeer(new zmq.Request(), server.endpoint);
    const data = { protocol_version: 9, oldest_protocol_version: 7 };

    await peer.socket.send(commandJson({ v: 9, action: 'HELLO', guild_id: null, data }));
    const hello = JSON.parse(String((await peer.socket.receive())[0]));
    await peer.socket.send(commandJson({ v: 9 }));
    const command = JSON.parse(String((await peer.socket.receive())[0]));

    expect(hello).toMatchObject({
      code: 'INCOMPATIBLE_PROTOCOL',
      message: 'the bot speaks protocol versions 7 to 9, this player 1 to 1',
    });
    expect(command).toMatchObject({ code: 'INCOMPATIBLE_PROTOCOL', key: 'k' });
  });
});

describe('a player that stops', () => {
  test('takes no new work, finishes what runs and answers it', async () => {
    await using server = await startServer(async (command, context) => {
      await new Promise<void>((open) => release.push(open));
      return obedient(command, context);
    });
    await using peer = rawPeer(new zmq.Dealer(), server.endpoint);
    await peer.socket.send(['', commandJson({ key: 'running' })]);
    await expect.poll(() => server.running).toBe(1);

    const closed = server.close();
    await peer.socket.send(['', commandJson({ key: 'new' })]);
    const refused = JSON.parse(String((await peer.socket.receive())[1]));
    release.shift()?.();
    const answered = JSON.parse(String((await peer.socket.receive())[1]));
    await closed;

    expect(refused).toMatchObject({ key: 'new', code: 'PLAYER_SHUTTING_DOWN' });
    expect(answered).toMatchObject({ key: 'running', status: 'success' });
  });

  test('does not wait longer than told for what hangs, and tells it by its signal', async () => {
    const signals: AbortSignal[] = [];
    await using server = await startServer((_command, { signal }) => {
      signals.push(signal);
      return new Promise((_resolve, reject) => signal.addEventListener('abort', () => reject(signal.reason)));
    });
    await using peer = rawPeer(new zmq.Dealer(), server.endpoint);
    await peer.socket.send(['', commandJson()]);
    await expect.poll(() => signals.length).toBe(1);
    const begun = performance.now();

    await server.close(100);

    expect(performance.now() - begun).toBeLessThan(1_000);
    expect(signals[0]?.aborted).toBe(true);
  });
});

const release: (() => void)[] = [];
afterEach(() => {
  expect(release.splice(0)).toEqual([]);
});

function reply(action: string) {
  return action === 'HELLO' ? helloReply() : success({ changed: true });
}

/** Handlers that wait until the test is over. */
function hangingHandlers() {
  const end = Promise.withResolvers<never>();
  end.promise.catch(() => undefined);
  return {
    wait: (context: CommandContext) => {
      context.signal.addEventListener('abort', () => end.reject(context.signal.reason));
      return end.promise;
    },
    [Symbol.asyncDispose]: async () =>
      end.reject(new PlayerError('PLAYER_SHUTTING_DOWN', 'the test is over')),
  };
}
