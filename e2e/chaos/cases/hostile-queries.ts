import { randomUUID } from 'node:crypto';
import { PlayerClient } from '../../harness/player-client.ts';
import { Scene } from '../../harness/scene.ts';
import { Stack } from '../../harness/stack.ts';
import type { ChaosCase } from '../chaos-case.ts';

const QUERIES = 200;
const PIECES = [
  '--exec',
  '--config-locations',
  '-a/etc/hostname',
  '--netrc-cmd',
  '-o/tmp/x',
  '$CANARY',
  '%(canary)s',
  '`id`',
  '$(id)',
  ';id',
  '\u0000',
  '\n',
  '\r\n',
  '\u202e',
  '\u200b',
  '../../etc/passwd',
  'file:///etc/passwd',
  'http://169.254.169.254/',
  'ytsearch9999:',
  '@everyone',
  '[x](http://e)',
  '😀',
  'é',
  'x'.repeat(300),
  ' ',
  '"',
  "'",
  '\\',
  '|',
  '&&',
  '<',
  '>',
];

export const hostileQueries: ChaosCase = {
  id: 'F16',
  injected: `${QUERIES} hostile queries through the real yt-dlp, a canary in the player's environment`,
  isFast: false,
  run: async ({ judge, random }) => {
    const canary = `canary-${randomUUID()}`;
    const stack = judge(await Stack.start({ player: { CANARY: canary, YT_DLP_CONCURRENCY: '4' } }));
    const scene = await Scene.open(stack, 'hostile');
    using client = new PlayerClient(stack.commandEndpoint);
    const answers: string[] = [];
    for (let count = 0; count < QUERIES; count++) {
      const length = 1 + Math.floor(random() * 4);
      const query = Array.from({ length }, () => PIECES[Math.floor(random() * PIECES.length)]).join('');
      answers.push(await outcomeOf(client, scene, query.slice(0, 2_048) || ' '));
    }
    const heard = answers.join('\n') + stack.player.logs.text + stack.bot.logs.text;
    const added = answers.filter((answer) => answer.includes('"added"')).length;
    const state = await scene.state(stack);
    return {
      observed: `${answers.length} answered, ${added} found something, the canary was ${heard.includes(canary) ? 'SEEN' : 'never seen'}`,
      passed:
        !heard.includes(canary) && state.epoch.length > 0 && answers.every((answer) => answer.length > 0),
    };
  },
};

/** What became of one query, as the player tells it. */
async function outcomeOf(client: PlayerClient, scene: Scene, query: string): Promise<string> {
  const key = randomUUID();
  try {
    await client.request('ADD_TO_QUEUE', scene.guild, { query }, key);
    for (;;) {
      const { request } = await client.request('GET_STATE', scene.guild, { request_key: key as never });
      if (request?.state !== 'pending') return JSON.stringify(request);
    }
  } catch (error) {
    return `${(error as { code?: string }).code}: ${(error as Error).message}`;
  }
}
