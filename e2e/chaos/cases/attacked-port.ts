import { randomBytes } from 'node:crypto';
import { connect } from 'node:net';
import { freePort } from '../../harness/free-port.ts';
import { percentile } from '../../harness/percentile.ts';
import { PlayerClient } from '../../harness/player-client.ts';
import { Scene } from '../../harness/scene.ts';
import { Stack } from '../../harness/stack.ts';
import type { ChaosCase } from '../chaos-case.ts';
import { residentBytes } from '../invariants.ts';

const ATTACKS = 300;
const MIB = 1_024 * 1_024;

export const attackedPort: ChaosCase = {
  id: 'F17',
  injected: 'random bytes, HTTP and huge frames at the command port',
  isFast: true,
  isTimed: true,
  run: async ({ judge }) => {
    const port = await freePort();
    const commands = `tcp://127.0.0.1:${port}`;
    const stack = judge(
      await Stack.start({
        player: { PLAYER_COMMAND_ENDPOINT: commands },
        bot: { PLAYER_COMMAND_ENDPOINT: commands },
      }),
    );
    const scene = await Scene.open(stack, 'attacked');
    using client = new PlayerClient(commands);
    await client.stateTimesMs(scene.guild, 20);
    const before = residentBytes(stack.player.pid);

    const attack = Promise.all(Array.from({ length: ATTACKS }, (_, index) => throwAt(port, missile(index))));
    const p99Ms = percentile(await client.stateTimesMs(scene.guild, 200), 0.99);
    await attack;
    const grownMib = (residentBytes(stack.player.pid) - before) / MIB;
    const answer = await scene.answerTo('/ping');
    return {
      observed: `legitimate p99 ${p99Ms.toFixed(1)} ms during ${ATTACKS} attacks, memory +${grownMib.toFixed(0)} MiB`,
      passed: p99Ms <= 50 && grownMib <= 100 && answer.length > 10,
    };
  },
};

/** ZMTP 3.x greeting, so that what follows is read as frames. */
const GREETING = Buffer.concat([
  Buffer.from([0xff, 0, 0, 0, 0, 0, 0, 0, 1, 0x7f, 3, 0]),
  Buffer.from('NULL'.padEnd(20, '\0')),
  Buffer.alloc(32),
]);

function missile(index: number): Buffer {
  switch (index % 4) {
    case 0:
      return randomBytes(512);
    case 1:
      return Buffer.from('GET / HTTP/1.1\r\nHost: player\r\n\r\n');
    case 2: // a frame that claims 2^62 bytes
      return Buffer.concat([GREETING, Buffer.from([2, 0x40, 0, 0, 0, 0, 0, 0, 0])]);
    default:
      return Buffer.concat([GREETING, randomBytes(2_048)]);
  }
}

function throwAt(port: number, bytes: Buffer): Promise<void> {
  return new Promise((resolve) => {
    const socket = connect(port, '127.0.0.1', () => socket.write(bytes, () => socket.end()));
    socket.setTimeout(1_000, () => socket.destroy());
    socket.on('error', () => socket.destroy()); // being thrown out is the point
    socket.on('close', () => resolve());
    socket.resume();
  });
}
