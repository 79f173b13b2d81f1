import { existsSync, mkdirSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { ffmpeg } from './ffmpeg.mjs';
import { packages } from './packages.mjs';
import { Progress } from './progress.mjs';
import { withSetupLock } from './setup-lock.mjs';
import { toolchain } from './toolchain.mjs';
import { ytDlp } from './yt-dlp.mjs';

/** @typedef {import('./step.mjs').Step} Step */
/** @typedef {import('./step.mjs').SetupContext} SetupContext */
/** @typedef {{ node: string, env: NodeJS.ProcessEnv }} PreparedMachine */

export const projectRoot = fileURLToPath(new URL('../..', import.meta.url)).replace(/\/$/, '');

/** Everything that the services and the tests need. */
export const everything = /** @type {readonly Step[]} */ ([toolchain, packages, ytDlp, ffmpeg]);
/** Enough to run a script of this project. */
export const scriptsOnly = /** @type {readonly Step[]} */ ([toolchain, packages]);

/**
 * Makes the machine ready: what a stamp file says was found or installed by an earlier run is only looked at, the rest
 * is provided, one printed line each.
 *
 * @param {{ steps?: readonly Step[], root?: string, env?: NodeJS.ProcessEnv, out?: NodeJS.WriteStream }} [options]
 * @returns {Promise<PreparedMachine>} what to start the project's programs with
 * @throws {import('./setup-error.mjs').SetupError} with one sentence for the person at the terminal
 */
export async function prepareMachine({
  steps = everything,
  root = projectRoot,
  env = process.env,
  out = process.stderr,
} = {}) {
  const toolsFolder = join(root, '.tools');
  const progress = new Progress(out);
  const newContext = () => ({
    root,
    toolsFolder,
    env: { ...chosenInDotEnv(root), ...env },
    node: process.execPath,
    pnpm: '',
    working: () => {},
    note: (/** @type {string} */ text) => progress.note(text),
  });
  const ready = applyCurrent(newContext(), steps);
  if (ready.missing === undefined) return ready.context;

  mkdirSync(toolsFolder, { recursive: true });
  return withSetupLock(join(toolsFolder, 'setup.lock'), {
    onWait: (pid) => progress.note(`Waiting for the set-up that is already running here (process ${pid}).`),
    work: async () => {
      const context = newContext();
      for (const step of steps) await ensure(context, step, progress);
      return context;
    },
  });
}

/**
 * Applies the steps whose recorded result still stands, in order, up to the first that must be provided.
 *
 * @param {SetupContext} context
 * @param {readonly Step[]} steps
 * @returns {{ context: SetupContext, missing: Step | undefined }}
 */
function applyCurrent(context, steps) {
  const stamp = readStamp(context);
  for (const step of steps) {
    const record = stamp[step.name];
    if (record === undefined || !step.isCurrent(context, record)) return { context, missing: step };
    step.apply(context, record);
  }
  return { context, missing: undefined };
}

/**
 * @param {SetupContext} context
 * @param {Step} step
 * @param {Progress} progress
 */
async function ensure(context, step, progress) {
  const startedAt = Date.now();
  const known = readStamp(context)[step.name];
  if (known !== undefined && step.isCurrent(context, known)) {
    step.apply(context, known);
    progress.done(step.title, 'in place', Date.now() - startedAt);
    return;
  }
  const { record, what } = await step.provide({
    ...context,
    working: (doing) => progress.working(step.title, doing),
  });
  writeStamp(context, { ...readStamp(context), [step.name]: record });
  step.apply(context, record);
  progress.done(step.title, what, Date.now() - startedAt);
}

/**
 * The one setting of `.env` that concerns the set-up. The file is read in full only later, under a Node that can.
 *
 * @param {string} root
 * @returns {NodeJS.ProcessEnv}
 */
function chosenInDotEnv(root) {
  const path = join(root, '.env');
  const chosen = existsSync(path) ? /^YT_DLP_PATH=(\S+)$/m.exec(readFileSync(path, 'utf8'))?.[1] : undefined;
  return chosen === undefined ? {} : { YT_DLP_PATH: chosen };
}

/**
 * @param {SetupContext} context
 * @returns {Record<string, any>} empty when there is none, or when the checkout has moved: installs hold absolute paths
 */
function readStamp({ root, toolsFolder }) {
  try {
    const stamp = JSON.parse(readFileSync(join(toolsFolder, 'setup.json'), 'utf8'));
    return stamp.root === root ? stamp.steps : {};
  } catch {
    // First run, or a stamp cut short by a crash: everything is looked at anew.
    return {};
  }
}

/**
 * @param {SetupContext} context
 * @param {Record<string, unknown>} steps
 */
function writeStamp({ root, toolsFolder }, steps) {
  const path = join(toolsFolder, 'setup.json');
  writeFileSync(`${path}.new`, `${JSON.stringify({ root, steps }, null, 2)}\n`);
  renameSync(`${path}.new`, path);
}
