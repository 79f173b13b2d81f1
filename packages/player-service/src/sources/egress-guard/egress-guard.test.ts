import { once } from 'node:events';
import { createServer, request as httpRequest, type Server } from 'node:http';
import { type AddressInfo, connect } from 'node:net';
import { PlayerError } from '@bandstand/protocol';
import { INSIDE_ADDRESSES } from '@bandstand/test-support';
import { request } from 'undici';
import { afterEach, beforeEach, describe, expect, onTestFinished, test } from 'vitest';
import { EgressGuard } from './egress-guard.ts';
import { EgressPolicy, isPublic, type ResolveHost } from './egress-policy.ts';
import { guardedAgent } from './guarded-agent.ts';

const OUTSIDE = ['1.1.1.1', '8.8.8.8', '[2606:4700:4700::1111]', '[::ffff:8.8.8.8]'] as const;

let canary: Server;
let canaryPort: number;
let hits: string[];

beforeEach(async () => {
  hits = [];
  canary = createServer((incoming, outgoing) => {
    hits.push(`${incoming.method} ${incoming.headers.host}${incoming.url}`);
    if (incoming.url === '/redirect-inside') {
      outgoing.writeHead(302, { location: `http://169.254.169.254/latest/meta-data/` }).end();
    } else if (incoming.url === '/half') {
      outgoing.writeHead(200, { 'content-length': '10' });
      outgoing.write('half', () => outgoing.destroy());
    } else outgoing.end(`hello ${incoming.headers['x-probe'] ?? ''}`);
  });
  canary.listen(0, '127.0.0.1');
  await once(canary, 'listening');
  canaryPort = (canary.address() as AddressInfo).port;
});

afterEach(async () => {
  canary.closeAllConnections();
  canary.close();
  await once(canary, 'close');
});

interface ProxyAnswer {
  readonly status: number;
  readonly phrase: string;
  readonly body: string;
}

/** An absolute-form request, as ffmpeg and yt-dlp send it for http URLs. */
async function forward(guard: EgressGuard, url: string): Promise<ProxyAnswer> {
  const { hostname, port } = new URL(guard.url);
  const sent = httpRequest({
    hostname,
    port,
    path: url,
    headers: { host: 'ignored', 'x-probe': 'probe' },
    agent: false,
  });
  sent.end();
  const [response] = await once(sent, 'response');
  const body = (await response.toArray()).join('');
  return { status: response.statusCode, phrase: response.statusMessage, body };
}

/** The status line that answers a CONNECT. */
async function tunnel(guard: EgressGuard, authority: string): Promise<string> {
  const { hostname, port } = new URL(guard.url);
  const socket = connect(Number(port), hostname);
  socket.write(`CONNECT ${authority} HTTP/1.1\r\nhost: ${authority}\r\n\r\n`);
  const [answer] = (await once(socket, 'data')) as [Buffer];
  socket.destroy();
  return answer.toString().split('\r\n')[0] ?? '';
}

function strictPolicy(resolveHost?: ResolveHost): EgressPolicy {
  const ports = [80, 443, canaryPort];
  return new EgressPolicy({ ports, isProduction: true, ...(resolveHost && { resolveHost }) });
}

describe('the policy', () => {
  test.each(INSIDE_ADDRESSES)(
    '%s is inside, whatever asks: proxy, tunnel or our own request',
    async (host) => {
      const policy = strictPolicy();
      await using guard = await EgressGuard.open({ policy });
      const agent = guardedAgent(policy);
      onTestFinished(() => agent.destroy());
      const url = `http://${host}:${canaryPort}/`;
      expect(await forward(guard, url)).toMatchObject({ status: 403, phrase: 'Address Not Allowed' });
      expect(await tunnel(guard, `${host}:${canaryPort}`)).toBe('HTTP/1.1 403 Address Not Allowed');
      await expect(request(url, { dispatcher: agent })).rejects.toMatchObject({
        code: 'ADDRESS_NOT_ALLOWED',
      });
      expect(hits).toEqual([]);
    },
  );

  test.each(OUTSIDE)('%s is public', async (host) => {
    expect(isPublic(host.replace(/[[\]]/g, ''))).toBe(true);
    expect(await strictPolicy().authorize(host, 443)).toHaveLength(1);
  });

  test('a name is allowed only if every one of its addresses is public', async () => {
    const policy = strictPolicy(async () => [
      { address: '1.1.1.1', family: 4 },
      { address: '10.0.0.7', family: 4 },
    ]);
    await expect(policy.authorize('mixed.example', 443)).rejects.toMatchObject({
      code: 'ADDRESS_NOT_ALLOWED',
    });
  });

  test('other ports than those of the web are refused', async () => {
    const policy = new EgressPolicy({ isProduction: true });
    await expect(policy.authorize('1.1.1.1', 22)).rejects.toMatchObject({ code: 'ADDRESS_NOT_ALLOWED' });
    expect(await policy.authorize('1.1.1.1', 80)).toEqual([{ address: '1.1.1.1', family: 4 }]);
  });

  test('a name that does not resolve is a network failure, not a refusal', async () => {
    const policy = strictPolicy(async () => {
      throw new Error('ENOTFOUND');
    });
    await expect(policy.authorize('gone.example', 443)).rejects.toMatchObject({ code: 'SOURCE_NETWORK' });
  });

  test.each(['', 'a b', 'user@host', 'host/path', 'host:80', '[::1', '%00'])(
    '%j is no host name',
    async (host) => {
      await expect(strictPolicy().authorize(host, 443)).rejects.toBeInstanceOf(PlayerError);
    },
  );

  test('production takes no exception for tests', () => {
    const allowedForTests = ['127.0.0.1:8080'];
    expect(() => new EgressPolicy({ isProduction: true, allowedForTests })).toThrow('production');
  });
});

describe('the guard', () => {
  test('a second, different DNS answer is checked anew, and the checked address is the one connected to', async () => {
    const answers = ['1.1.1.1', '127.0.0.1'];
    const asked: string[] = [];
    const policy = strictPolicy(async (name) => {
      asked.push(name);
      return [{ address: answers.shift() ?? '127.0.0.1', family: 4 }];
    });
    expect(await policy.authorize('rebind.example', canaryPort)).toEqual([{ address: '1.1.1.1', family: 4 }]);
    await using guard = await EgressGuard.open({ policy });
    expect((await forward(guard, `http://rebind.example:${canaryPort}/`)).status).toBe(403);
    expect(asked).toEqual(['rebind.example', 'rebind.example']);
    expect(hits).toEqual([]);
  });

  test('what is allowed passes with its own host name and headers, by proxy and by tunnel', async () => {
    const policy = new EgressPolicy({
      isProduction: false,
      allowedForTests: [`media.example:${canaryPort}`],
    });
    await using guard = await EgressGuard.open({ policy });
    const answer = await forward(guard, `http://media.example:${canaryPort}/song?x=1`);
    expect(answer).toMatchObject({ status: 200, body: 'hello probe' });
    expect(await tunnel(guard, `media.example:${canaryPort}`)).toBe('HTTP/1.1 200 Connection Established');
    expect(hits).toEqual([`GET media.example:${canaryPort}/song?x=1`]);
  });

  test('a redirect to the inside is refused when it is followed', async () => {
    const policy = new EgressPolicy({ isProduction: false, allowedForTests: [`127.0.0.1:${canaryPort}`] });
    await using guard = await EgressGuard.open({ policy });
    expect((await forward(guard, `http://127.0.0.1:${canaryPort}/redirect-inside`)).status).toBe(302);
    expect((await forward(guard, 'http://169.254.169.254/latest/meta-data/')).status).toBe(403);
  });

  test('a server that breaks off is not made to look complete', async () => {
    const policy = new EgressPolicy({ isProduction: false, allowedForTests: [`127.0.0.1:${canaryPort}`] });
    await using guard = await EgressGuard.open({ policy });
    await expect(forward(guard, `http://127.0.0.1:${canaryPort}/half`)).rejects.toThrow(/aborted|ECONNRESET/);
  });

  test('a server that is away is answered with 502', async () => {
    const policy = new EgressPolicy({ isProduction: false, allowedForTests: ['127.0.0.1:1'] });
    await using guard = await EgressGuard.open({ policy });
    expect((await forward(guard, 'http://127.0.0.1:1/')).status).toBe(502);
    expect(await tunnel(guard, '127.0.0.1:1')).toBe('HTTP/1.1 502 Bad Gateway');
  });

  test.each(['/origin-form', 'https://1.1.1.1/', 'ftp://1.1.1.1/'])(
    '%s is no request for this proxy',
    async (url) => {
      await using guard = await EgressGuard.open({ policy: strictPolicy() });
      expect((await forward(guard, url)).status).toBe(400);
    },
  );

  test.each(['nonsense', ':443', 'a@b:443', '1.1.1.1:99999', 'host:port'])(
    'CONNECT %s is refused',
    async (authority) => {
      await using guard = await EgressGuard.open({ policy: strictPolicy() });
      expect(await tunnel(guard, authority)).toBe('HTTP/1.1 403 Address Not Allowed');
    },
  );

  test('refusals are told with host and reason', async () => {
    const told: PlayerError[] = [];
    await using guard = await EgressGuard.open({
      policy: strictPolicy(),
      onRefused: (error) => told.push(error),
    });
    await forward(guard, 'http://10.0.0.1/secret?token=1');
    expect(told.map(({ details }) => details)).toEqual([
      { hostname: '10.0.0.1', port: 80, reason: 'the address is not public' },
    ]);
  });

  test('closing ends tunnels that stand open', async () => {
    const policy = new EgressPolicy({ isProduction: false, allowedForTests: [`127.0.0.1:${canaryPort}`] });
    const guard = await EgressGuard.open({ policy });
    const { hostname, port } = new URL(guard.url);
    const socket = connect(Number(port), hostname);
    socket.write(`CONNECT 127.0.0.1:${canaryPort} HTTP/1.1\r\n\r\n`);
    await once(socket, 'data');
    socket.on('error', () => {});
    const ended = once(socket, 'close');
    await guard.close();
    await ended;
  });
});
