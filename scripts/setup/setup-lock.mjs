import { linkSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { dirname } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { SetupError } from './setup-error.mjs';

const POLL_MS = 200;
const PATIENCE_MS = 30 * 60_000;
const STALE_GUARD_MS = 5000;

/**
 * Runs `work` while this process alone holds the lock file. A second `npm start` or `npm test` waits for the first;
 * the lock of a process that died is taken over.
 *
 * @template T
 * @param {string} path
 * @param {{ onWait(holderPid: number): void, work(): Promise<T> }} options
 * @returns {Promise<T>}
 */
export async function withSetupLock(path, { onWait, work }) {
  mkdirSync(dirname(path), { recursive: true });
  const giveUpAt = Date.now() + PATIENCE_MS;
  let told = false;
  while (!tryTake(path)) {
    const holder = readHolder(path);
    if (holder !== undefined && !isAlive(holder)) {
      removeStale(path, holder);
    } else if (!told && holder !== undefined) {
      onWait(holder);
      told = true;
    }
    if (Date.now() > giveUpAt) {
      throw new SetupError(
        `Another set-up (process ${holder}) does not end: stop it, delete ${path} and try again.`,
      );
    }
    await wait(POLL_MS);
  }
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await work();
  } finally {
    process.off('exit', release);
    release();
  }
}

/**
 * The file appears under its name only with the owner's id inside, so nobody ever reads an empty lock.
 *
 * @param {string} path
 */
function tryTake(path) {
  const draft = `${path}.${process.pid}`;
  writeFileSync(draft, String(process.pid));
  try {
    linkSync(draft, path);
    return true;
  } catch (error) {
    if (/** @type {NodeJS.ErrnoException} */ (error).code === 'EEXIST') return false;
    throw error;
  } finally {
    rmSync(draft, { force: true });
  }
}

/**
 * @param {string} path
 * @returns {number | undefined} undefined when the lock was released meanwhile
 */
function readHolder(path) {
  try {
    return Number(readFileSync(path, 'utf8'));
  } catch {
    // Released between the attempt to take it and here.
    return undefined;
  }
}

/** @param {number} pid */
function isAlive(pid) {
  if (!Number.isInteger(pid) || pid <= 0) return false;
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return /** @type {NodeJS.ErrnoException} */ (error).code === 'EPERM';
  }
}

/**
 * Only one waiter may remove a dead lock, and it looks again before: otherwise a slow one would remove the lock that
 * a quick one has just taken.
 *
 * @param {string} path
 * @param {number} deadHolder
 */
function removeStale(path, deadHolder) {
  const guard = `${path}.removing`;
  try {
    mkdirSync(guard);
  } catch {
    // Another waiter is at it. A guard that outlived its owner (killed within these few microseconds) is cleared.
    if (ageMs(guard) > STALE_GUARD_MS) rmSync(guard, { recursive: true, force: true });
    return;
  }
  if (readHolder(path) === deadHolder) rmSync(path, { force: true });
  rmSync(guard, { recursive: true, force: true });
}

/** @param {string} path */
function ageMs(path) {
  return Date.now() - (statSync(path, { throwIfNoEntry: false })?.mtimeMs ?? Date.now());
}
