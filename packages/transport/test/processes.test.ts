import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { describe, expect, test } from 'vitest';
import { EventSubscriber, type PlayerAvailability } from '../src/index.ts';
import { SupervisedPlayer, startProgram } from './child.ts';
import { GUILD, key, openClient } from './command-fixtures.ts';
import { NO_CURVE, temporaryFolder } from './transports.ts';

/** Fixed addresses, so that a new process is found where the old one was. */
async function places(name: string) {
  const folder = await temporaryFolder();
  const file = `${folder.path}/applied`;
  const dispose = { file, [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose]() };
  if (name === 'ipc') {
    return { ...dispose, commands: `ipc://${folder.path}/c.sock`, events: `ipc://${folder.path}/e.sock` };
  }
  const { player, addresses } = await SupervisedPlayer.start('tcp://127.0.0.1:*', 'tcp://127.0.0.1:*', file);
  await player[Symbol.asyncDispose]();
  return { ...dispose, ...addresses };
}

describe.each(['tcp', 'ipc'])('a player process over %s', (name) => {
  test('killed and started again, it answers the next command', async () => {
    await using place = await places(name);
    const { player, addresses } = await SupervisedPlayer.start(place.commands, place.events, place.file);
    await using _ended = player;
    using client = openClient(addresses.commands);
    await client.request('PAUSE', GUILD, {}, { key: key('before') });
    const epochs = [client.peer?.epoch];
    client.on('peer', (peer) => epochs.push(peer.epoch));

    player.process.kill('SIGKILL');
    await once(player.process, 'exit');
    const begun = performance.now();
    await client.request('PAUSE', GUILD, {}, { key: key('after') });

    expect(performance.now() - begun).toBeLessThan(5_000);
    await expect.poll(() => new Set(epochs).size).toBe(2);
  });

  test('killed again and again between effect and reply, it carries out each acknowledged request once', async () => {
    await using place = await places(name);
    const { player, addresses } = await SupervisedPlayer.start(
      place.commands,
      place.events,
      place.file,
      '0.04',
    );
    await using _ended = player;
    const acknowledged: string[] = [];
    const worker = async (worker: number) => {
      using client = openClient(addresses.commands, {
        timing: { PAUSE: { attemptMs: 1_500, totalMs: 30_000 } },
      });
      for (let index = 0; index < 40; index++) {
        const name = `w${worker}-${index}`;
        for (let isDone = false; !isDone; ) {
          isDone = await client.request('PAUSE', GUILD, {}, { key: key(name) }).then(
            () => true,
            () => false, // the caller repeats it with the same key, as a user would not even notice
          );
        }
        acknowledged.push(name);
      }
    };

    await Promise.all([0, 1, 2, 3].map(worker));

    const applied = (await readFile(place.file, 'utf8')).trim().split('\n');
    expect(player.starts).toBeGreaterThan(1);
    expect(applied.filter((line) => line.startsWith('w')).sort()).toEqual(acknowledged.sort());
  }, 60_000);

  test('stopped and continued, it is suspected and then trusted again; what waited too long is not carried out', async () => {
    await using place = await places(name);
    const { player, addresses } = await SupervisedPlayer.start(place.commands, place.events, place.file);
    await using _ended = player;
    using subscriber = new EventSubscriber({ endpoint: addresses.events, security: NO_CURVE });
    const seen: PlayerAvailability[] = [];
    subscriber.on('availability', (next) => seen.push(next));
    using client = openClient(addresses.commands);
    await client.request('PAUSE', GUILD, {}, { key: key('before') });
    await expect.poll(() => seen, { timeout: 5_000 }).toEqual(['up']);

    const stoppedAt = performance.now();
    player.process.kill('SIGSTOP');
    const stale = client.request('PAUSE', GUILD, {}, { key: key('stale'), ttlMs: 1_000 });
    await expect(stale).rejects.toMatchObject({ code: 'PLAYER_UNREACHABLE' });
    await expect.poll(() => seen, { timeout: 5_000 }).toEqual(['up', 'suspect']);
    const suspectedAfterMs = performance.now() - stoppedAt;
    player.process.kill('SIGCONT');
    await client.request('PAUSE', GUILD, {}, { key: key('after') });
    await expect.poll(() => seen, { timeout: 5_000 }).toEqual(['up', 'suspect', 'up']);

    expect(suspectedAfterMs).toBeLessThan(4_200);
    const applied = (await readFile(place.file, 'utf8')).trim().split('\n');
    expect(applied).toEqual(['before', 'after']);
  });
});

test('a player whose event loop hangs is suspected although its connection stands', async () => {
  await using place = await places('ipc');
  const { player, addresses } = await SupervisedPlayer.start(place.commands, place.events, place.file);
  await using _ended = player;
  using subscriber = new EventSubscriber({ endpoint: addresses.events, security: NO_CURVE });
  const seen: PlayerAvailability[] = [];
  subscriber.on('availability', (next) => seen.push(next));
  await expect.poll(() => seen).toEqual(['up']);

  const blockedAt = performance.now();
  player.process.send({ blockMs: 5_000 });
  await expect.poll(() => seen, { timeout: 5_000, interval: 20 }).toEqual(['up', 'suspect']);

  expect(performance.now() - blockedAt).toBeLessThan(3_500);
  await expect.poll(() => seen, { timeout: 5_000 }).toEqual(['up', 'suspect', 'up']);
});

test('a process with messages queued in every socket ends by itself once it closed them', async () => {
  await using program = startProgram('leaver', ['tcp://127.0.0.1:9']);
  const [code] = await once(program.child, 'exit', { signal: AbortSignal.timeout(8_000) });

  expect(code).toBe(0);
});
