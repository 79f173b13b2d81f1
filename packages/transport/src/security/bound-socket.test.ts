import { expect, test } from 'vitest';
import * as zmq from 'zeromq';
import { keyFolder } from '../../test/curve-fixtures.ts';
import { systemClock } from '../clock.ts';
import { type BindOptions, BoundSocket } from './bound-socket.ts';
import { readKeyFile } from './key-files.ts';

test('without its ZAP handler a socket with keys lets nobody in, not even who is allowed', async () => {
  await using keys = await keyFolder();
  const publicKey = readKeyFile(keys.files.botPublic);
  await keys.allow(publicKey);
  const created: BindOptions[] = [];
  const bound = await BoundSocket.open({
    endpoint: 'tcp://127.0.0.1:*',
    security: keys.player,
    clock: systemClock,
    onProblem: () => undefined,
    create: (options) => {
      created.push(options);
      return new zmq.Router({ linger: 0, ...options });
    },
  });
  await bound.close();

  // The same socket in a context where nobody answers ZAP: what remains when the handler died.
  const orphan = new zmq.Router({ linger: 0, ...created[0], context: new zmq.Context() });
  await orphan.bind('tcp://127.0.0.1:*');
  const client = new zmq.Request({
    linger: 0,
    curvePublicKey: publicKey,
    curveSecretKey: readKeyFile(keys.files.botSecret),
    curveServerKey: readKeyFile(keys.files.playerPublic),
  });
  const outcome = new Promise<string>((resolve) => {
    for (const type of [
      'handshake',
      'handshake:error:auth',
      'handshake:error:protocol',
      'handshake:error:other',
    ] as const)
      client.events.on(type, () => resolve(type));
    client.events.on('disconnect', () => resolve('disconnect'));
  });
  client.connect(orphan.lastEndpoint ?? '');

  expect(await outcome).not.toBe('handshake');
  client.close();
  orphan.close();
});

test('an address in use is a clear error, and leaves nothing open', async () => {
  const options = {
    security: { mechanism: 'none', allowInsecure: false },
    clock: systemClock,
    onProblem: () => undefined,
    create: (secured: BindOptions) => new zmq.Router({ linger: 0, ...secured }),
  } as const;
  const first = await BoundSocket.open({ ...options, endpoint: 'tcp://127.0.0.1:*' });

  await expect(BoundSocket.open({ ...options, endpoint: first.endpoint })).rejects.toThrow(
    `cannot listen on ${first.endpoint}: Address already in use`,
  );
  await first.close();
  const second = await BoundSocket.open({ ...options, endpoint: first.endpoint });
  await second.close();
});
