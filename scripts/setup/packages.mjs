import { createHash } from 'node:crypto';
import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { provideBuildTools } from './build-tools.mjs';
import { brokenAddons } from './native-addons.mjs';
import { runCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';

const DEADLINE_MS = 15 * 60_000;

/** @typedef {{ fingerprint: string, nodeVersion: string, folders: string[] }} PackagesRecord */

/**
 * The npm packages, exactly as pnpm-lock.yaml states, with the native addons loaded once to prove that they work with
 * this Node.
 *
 * @type {import('./step.mjs').Step<PackagesRecord>}
 */
export const packages = {
  name: 'packages',
  title: 'Packages',

  isCurrent: (context, record) =>
    record.folders.every((folder) => existsSync(join(context.root, folder, 'node_modules'))) &&
    record.fingerprint === fingerprint(context),

  async provide(context) {
    context.working('installing from pnpm-lock.yaml');
    await install(context);
    context.working('loading the native addons');
    let broken = await brokenAddons(context);
    if (broken.length > 0) {
      await provideBuildTools(context);
      context.working(`building ${broken.map((addon) => addon.name).join(', ')}`);
      await runCommand(
        context.node,
        [context.pnpm, 'rebuild', ...broken.map((addon) => addon.name)],
        options(context),
      );
      broken = await brokenAddons(context);
    }
    const [first] = broken;
    if (first !== undefined) {
      throw new SetupError(
        `The native addon ${first.name} does not load with Node ${await nodeVersion(context)}: delete node_modules and try again.`,
        { details: first.problem },
      );
    }
    const folders = workspaceFolders(context.root).filter((folder) =>
      existsSync(join(context.root, folder, 'node_modules')),
    );
    const record = { fingerprint: fingerprint(context), nodeVersion: await nodeVersion(context), folders };
    return { record, what: 'as in pnpm-lock.yaml, native addons load' };
  },

  apply(context) {
    context.env['PATH'] = `${join(context.root, 'node_modules', '.bin')}:${context.env['PATH']}`;
  },
};

/** @param {import('./step.mjs').SetupContext} context */
async function install(context) {
  const args = [context.pnpm, 'install', '--frozen-lockfile', '--prefer-offline', '--reporter=append-only'];
  let result = await runCommand(context.node, args, options(context));
  if (!result.ok && (await provideBuildTools(context))) {
    result = await runCommand(context.node, args, options(context));
  }
  if (result.ok) return;
  throw new SetupError(
    /OUTDATED_LOCKFILE/.test(result.output)
      ? 'A package.json differs from pnpm-lock.yaml: run `pnpm install` and commit the lockfile.'
      : 'pnpm could not install the packages: check that this machine reaches the npm registry and try again.',
    { details: result.output },
  );
}

/**
 * `CI` keeps pnpm from asking. Addons that have to be compiled use the headers that came with a private Node, for
 * node-gyp would download them from another host.
 *
 * @param {import('./step.mjs').SetupContext} context
 */
function options(context) {
  const nodeFolder = dirname(dirname(context.node));
  const hasHeaders = existsSync(join(nodeFolder, 'include', 'node', 'node.h'));
  return {
    deadlineMs: DEADLINE_MS,
    cwd: context.root,
    env: { ...context.env, CI: 'true', ...(hasHeaders ? { npm_config_nodedir: nodeFolder } : {}) },
  };
}

/** @param {import('./step.mjs').SetupContext} context */
function fingerprint({ root, node }) {
  const hash = createHash('sha256').update(node);
  const manifests = workspaceFolders(root).map((folder) => join(folder, 'package.json'));
  for (const file of ['pnpm-lock.yaml', 'pnpm-workspace.yaml', ...manifests]) {
    hash.update(`\0${file}\0`).update(readFileSync(join(root, file)));
  }
  return hash.digest('hex');
}

/**
 * @param {string} root
 * @returns {string[]} the folders of pnpm-workspace.yaml that hold a package, the top level included
 */
function workspaceFolders(root) {
  const nested = readdirSync(join(root, 'packages')).map((name) => join('packages', name));
  return ['.', 'e2e', ...nested.sort()].filter((folder) => existsSync(join(root, folder, 'package.json')));
}

/** @param {import('./step.mjs').SetupContext} context */
async function nodeVersion({ node }) {
  const result = await runCommand(node, ['--version'], { deadlineMs: 20_000 });
  return result.stdout.trim().replace(/^v/, '');
}
