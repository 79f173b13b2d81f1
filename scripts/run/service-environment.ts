import { readFileSync } from 'node:fs';
import { parseEnv } from 'node:util';
import { PLAYER_NODE_OPTIONS } from './player-node-options.ts';

/** What belongs to the bot alone: the player must not be able to leak what it never had. */
const BOT_ONLY = ['BOT_TOKEN', 'DISCORD_TOKEN', 'BOT_TOKEN_FILE', 'DISCORD_TOKEN_FILE'];

/**
 * The environment as `.env` and the shell state it together. What the shell sets wins, so that one value can be
 * changed for one start.
 *
 * @param path of the `.env` file; a missing one is an empty one
 */
export function readEnvironment(path: string, shell: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  return { ...readDotEnv(path), ...shell };
}

/** What example files put where a token belongs; the bot counts the same as unset. */
const PLACEHOLDER = /^(?:your[_-].*|.*[_-]here|change[_-]?me|<.*>|x{3,}|\.{3}|todo|none|null)$/i;

/**
 * Is there a bot token, in a variable or a file? Everything but an empty value and an example's placeholder counts:
 * Discord alone can tell a wrong one, and the bot says so.
 */
export function hasBotToken(env: NodeJS.ProcessEnv): boolean {
  return BOT_ONLY.some((name) => {
    const value = env[name]?.trim() ?? '';
    return value !== '' && !PLACEHOLDER.test(value);
  });
}

/** Whoever sets `NODE_OPTIONS` has the last word. */
export function playerEnvironment(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const own = Object.entries(env).filter(([name]) => !BOT_ONLY.includes(name));
  return { NODE_OPTIONS: PLAYER_NODE_OPTIONS, ...Object.fromEntries(own) };
}

function readDotEnv(path: string): NodeJS.ProcessEnv {
  try {
    return parseEnv(readFileSync(path, 'utf8'));
  } catch (error) {
    if ((error as NodeJS.ErrnoException).code === 'ENOENT') return {};
    throw error;
  }
}
