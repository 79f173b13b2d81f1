import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { CommandClient, KEY_FILES, writeKeyFiles } from '@bandstand/transport';
import { freePort } from '../../harness/free-port.ts';
import { Scene } from '../../harness/scene.ts';
import { Stack } from '../../harness/stack.ts';
import type { ChaosCase } from '../chaos-case.ts';

export const stranger: ChaosCase = {
  id: 'F18',
  injected: 'encrypted channel, and a stranger with keys of his own at the door',
  isFast: true,
  run: async ({ judge }) => {
    await using folders = new AsyncDisposableStack();
    const ours = folders.adopt(await mkdtemp(join(tmpdir(), 'bandstand-keys-')), remove);
    const theirs = folders.adopt(await mkdtemp(join(tmpdir(), 'bandstand-keys-')), remove);
    await writeKeyFiles(ours);
    await writeKeyFiles(theirs);
    const commands = `tcp://127.0.0.1:${await freePort()}`;
    const events = `tcp://127.0.0.1:${await freePort()}`;
    const endpoints = { PLAYER_COMMAND_ENDPOINT: commands, PLAYER_EVENT_ENDPOINT: events };
    const stack = judge(
      await Stack.start({
        player: {
          ...endpoints,
          CURVE_SECRET_KEY_FILE: join(ours, KEY_FILES.player.secret),
          CURVE_PUBLIC_KEY_FILE: join(ours, KEY_FILES.player.public),
          CURVE_ALLOWED_CLIENT_KEYS_FILE: join(ours, KEY_FILES.bot.public),
        },
        bot: {
          ...endpoints,
          CURVE_SECRET_KEY_FILE: join(ours, KEY_FILES.bot.secret),
          CURVE_PUBLIC_KEY_FILE: join(ours, KEY_FILES.bot.public),
          CURVE_SERVER_PUBLIC_KEY_FILE: join(ours, KEY_FILES.player.public),
        },
      }),
    );
    const scene = await Scene.open(stack, 'encrypted');
    await scene.play(stack.site.pageUrl('tone440'));
    await scene.ear.hearsMusic(25);

    using intruder = new CommandClient({
      endpoint: commands,
      security: {
        mechanism: 'curve',
        secretKeyFile: join(theirs, KEY_FILES.bot.secret),
        publicKeyFile: join(theirs, KEY_FILES.bot.public),
        serverPublicKeyFile: join(ours, KEY_FILES.player.public),
      },
      clientName: 'intruder',
      clientVersion: '0',
    });
    const problem = new Promise<string>((resolve) =>
      intruder.once('problem', ({ message }) => resolve(message)),
    );
    const reply = await intruder.hello(AbortSignal.timeout(5_000)).then(
      () => 'LET IN',
      () => 'not let in',
    );
    const said = await problem;
    await scene.answerTo('/stop');
    return {
      observed: `our own bot plays, the stranger is ${reply} and told: ${said.slice(0, 80)}`,
      passed: reply === 'not let in' && said.length > 0,
    };
  },
};

function remove(path: string): Promise<void> {
  return rm(path, { recursive: true, force: true });
}
