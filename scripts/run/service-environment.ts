import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';

/** What belongs to the bot alone: the player must not be able to leak what it never had. */
const BOT_ONLY = ['BOT_TOKEN', 'DISCORD_TOKEN'];

/**
 * The environment as `.env` and the shell state it together. What the shell sets wins, so that one value can be
 * changed for one start.
 *
 * @param path of the `.env` file; a missing one is an empty one
 */
export function readEnvironment(path: string, shell: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...readDotEnv(path), ...shell };
}

/** What example files and guides put where a token belongs. */
const PLACEHOLDER = /your|token|here|change|replace|example|^<|^x+$/i;

/**
 * The bot token, or undefined when there is none or only an example's placeholder. Anything else is taken for a token:
 * Discord alone can tell a wrong one, and the bot says so.
 */
export function botToken(env: NodeJS.ProcessEnv): string | undefined {
  const token = (env['BOT_TOKEN'] || env['DISCORD_TOKEN'] || '').trim();
  // A real token has two dots, and its random parts may hold any of the words above.
  return token === '' || (!token.includes('.') && PLACEHOLDER.test(token)) || /^\.+$/.test(token)
    ? undefined
    : token;
}

export function playerEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return Object.fromEntries(Object.entries(env).filter(([name]) => !BOT_ONLY.includes(name)));
}

function readDotEnv(path: string): NodeJS.ProcessEnv {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
