import { join } from 'node:path';
import { runCommand } from './run-command.mjs';

/** Loading alone proves nothing for a package that opens its binary at first use, so each is used once. */
const ADDONS = [
  {
    name: 'zeromq',
    owner: 'transport',
    use: "if (!require('zeromq').version) throw new Error('no version')",
  },
  {
    name: 'better-sqlite3',
    owner: 'player-service',
    use: "new (require('better-sqlite3'))(':memory:').close()",
  },
  {
    name: '@discordjs/opus',
    owner: 'player-service',
    use: "new (require('@discordjs/opus').OpusEncoder)(48000, 2).encode(Buffer.alloc(3840))",
  },
  {
    name: '@snazzah/davey',
    owner: 'player-service',
    use: "require('@snazzah/davey').DAVE_PROTOCOL_VERSION.toFixed()",
  },
];

/**
 * Uses every native addon in a child process, where one that aborts cannot take the set-up with it.
 *
 * @param {import('./step.mjs').SetupContext} context
 * @returns {Promise<{ name: string, problem: string }[]>} those that fail, with what they printed
 */
export async function brokenAddons({ root, node, env }) {
  const results = await Promise.all(
    ADDONS.map(async ({ name, owner, use }) => {
      const cwd = join(root, 'packages', owner);
      const result = await runCommand(node, ['--eval', use], { deadlineMs: 60_000, cwd, env });
      return { name, ok: result.ok, problem: result.output };
    }),
  );
  return results.filter((result) => !result.ok);
}
