import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { AudioFixture, http, take } from '../../test/audio/audio-fixture.ts';
import { ConnectProxy } from '../../test/audio/connect-proxy.ts';
import { MediaFolder } from '../../test/audio/media-folder.ts';
import { MediaServer } from '../../test/audio/media-server.ts';

test('all of it goes through the egress proxy: passthrough, ffmpeg, seeking and redirects', async () => {
  await using folder = await MediaFolder.create();
  await using server = await MediaServer.start();
  await using proxy = await ConnectProxy.start();
  await using audio = await AudioFixture.start({ proxyUrl: proxy.url });
  const webm = await readFile(await folder.tone('a.webm', ['-c:a', 'libopus']));
  const mp3 = await readFile(await folder.tone('a.mp3', []));
  server.serve('/a.webm', webm);
  const redirect = server.serve('/r', webm, { redirectTo: `http://media.example:${server.port}/a.webm` });

  // A name that no resolver knows: only the proxy can lead there.
  const base = `http://music.example:${server.port}`;
  server.serve('/a.mp3', mp3);
  for (const [url, startAtMs] of [
    [`${base}/a.webm`, 0],
    [`${base}/a.webm`, 1_000],
    [`${base}/a.mp3`, 0],
    [redirect, 0],
  ] as const) {
    const playback = await audio.open(http(url), { startAtMs });
    expect((await take(playback)).length).toBeGreaterThan(100);
    await playback.close();
  }
  expect(new Set(proxy.tunnels)).toEqual(
    new Set([`music.example:${server.port}`, `media.example:${server.port}`, `127.0.0.1:${server.port}`]),
  );
});

test('what the egress proxy refuses is told as such, also behind a redirect', async () => {
  await using server = await MediaServer.start();
  await using proxy = await ConnectProxy.start((authority) => !authority.startsWith('internal'));
  await using audio = await AudioFixture.start({ proxyUrl: proxy.url });
  const redirect = server.serve('/r', Buffer.alloc(1), { redirectTo: 'http://internal:80/secret' });
  for (const url of ['http://internal/', redirect]) {
    await expect(audio.open(http(url))).rejects.toMatchObject({
      code: 'ADDRESS_NOT_ALLOWED',
      retryable: false,
    });
  }
});

test('an absent egress proxy is a network failure, never a way around it', async () => {
  await using server = await MediaServer.start();
  const proxy = await ConnectProxy.start();
  await proxy[Symbol.asyncDispose]();
  await using audio = await AudioFixture.start({ proxyUrl: proxy.url });
  const opening = audio.open(http(server.serve('/a.webm', Buffer.alloc(10))));
  await expect(opening).rejects.toMatchObject({ code: 'SOURCE_NETWORK' });
  expect(server.requests).toEqual([]);
});
