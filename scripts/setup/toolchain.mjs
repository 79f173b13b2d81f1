import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { hostPlatform } from './host-platform.mjs';
import { MINIMUM_NODE, NODE_PACKAGES, PNPM } from './pins.mjs';
import { runCommand } from './run-command.mjs';
import { SetupError } from './setup-error.mjs';
import { isAtLeast } from './version.mjs';

const DEADLINE_MS = 10 * 60_000;

/** @typedef {import('./pins.mjs').PinnedPackage} PinnedPackage */
/** @typedef {{ node: string, nodeVersion: string, pnpm: string, pnpmVersion: string }} ToolchainRecord */

/**
 * Node and pnpm. The Node that runs this script is used when it is new enough; otherwise npm installs the platform
 * package, with install scripts off, and what npm received is compared with the pinned checksum before it first runs.
 *
 * @type {import('./step.mjs').Step<ToolchainRecord>}
 */
export const toolchain = {
  name: 'toolchain',
  title: 'Node and pnpm',

  isCurrent: (context, record) =>
    record.pnpmVersion === PNPM.version &&
    existsSync(record.pnpm) &&
    (usesHostNode()
      ? record.node === process.execPath && record.nodeVersion === process.versions.node
      : record.nodeVersion === platformPackage().version &&
        record.node === privateNode(context.toolsFolder) &&
        existsSync(record.node)),

  async provide(context) {
    const wanted = usesHostNode() ? [PNPM] : [platformPackage(), PNPM];
    const installed = wanted.every((pinned) => holdsPinned(context.toolsFolder, pinned));
    if (!installed) await install(context, wanted);
    const record = {
      node: usesHostNode() ? process.execPath : privateNode(context.toolsFolder),
      nodeVersion: usesHostNode() ? process.versions.node : platformPackage().version,
      pnpm: join(context.toolsFolder, 'node_modules', 'pnpm', 'bin', 'pnpm.cjs'),
      pnpmVersion: PNPM.version,
    };
    const answer = await runCommand(record.node, ['--version'], { deadlineMs: 20_000 });
    if (answer.stdout.trim() !== `v${record.nodeVersion}`) {
      throw new SetupError(
        `Node ${record.nodeVersion} does not run on this machine (${hostPlatform}): install Node ${MINIMUM_NODE} or newer from https://nodejs.org and try again.`,
        { details: answer.output },
      );
    }
    const origin = usesHostNode()
      ? "this machine's own"
      : installed
        ? 'found in .tools'
        : 'installed in .tools';
    return { record, what: `Node ${record.nodeVersion} (${origin}), pnpm ${record.pnpmVersion}` };
  },

  apply(context, record) {
    context.node = record.node;
    context.pnpm = record.pnpm;
    const folders = [dirname(record.node), join(context.toolsFolder, 'node_modules', '.bin')];
    context.env['PATH'] = [...folders, context.env['PATH']].join(delimiter);
  },
};

const usesHostNode = () => isAtLeast(process.versions.node, MINIMUM_NODE);

/** @returns {PinnedPackage} */
function platformPackage() {
  const pinned = NODE_PACKAGES[hostPlatform];
  if (pinned !== undefined) return pinned;
  throw new SetupError(
    `There is no ready-made Node for ${hostPlatform} on npm: install Node ${MINIMUM_NODE} or newer from https://nodejs.org and try again.`,
  );
}

/** @param {string} toolsFolder */
function privateNode(toolsFolder) {
  return join(toolsFolder, 'node_modules', platformPackage().package, 'bin', 'node');
}

/**
 * One npm call for all: a second one would remove what the first installed.
 *
 * @param {import('./step.mjs').SetupContext} context
 * @param {PinnedPackage[]} wanted
 */
async function install({ toolsFolder, env, working }, wanted) {
  const names = wanted.map((pinned) => `${pinned.package}@${pinned.version}`);
  working(`installing ${names.join(' and ')} from npm`);
  rmSync(join(toolsFolder, 'node_modules'), { recursive: true, force: true });
  writeFileSync(join(toolsFolder, 'package.json'), '{"private":true}\n');
  const options = ['--no-save', '--no-package-lock', '--ignore-scripts', '--no-audit', '--no-fund'];
  const result = await runCommand('npm', ['install', '--prefix', toolsFolder, ...options, ...names], {
    deadlineMs: DEADLINE_MS,
    env,
    cwd: toolsFolder,
  });
  if (!result.ok) {
    throw new SetupError(
      'npm could not install Node and pnpm: check that this machine reaches the npm registry and try again.',
      { details: result.output },
    );
  }
  const wrong = wanted.find((pinned) => !holdsPinned(toolsFolder, pinned));
  if (wrong === undefined) return;
  rmSync(join(toolsFolder, 'node_modules'), { recursive: true, force: true });
  throw new SetupError(
    `npm delivered another ${wrong.package} ${wrong.version} than the one pinned in scripts/setup/pins.mjs, and it was deleted: check which registry npm uses.`,
  );
}

/**
 * npm writes down the checksum of every tarball it unpacked, after it compared the bytes with it.
 *
 * @param {string} toolsFolder
 * @param {PinnedPackage} pinned
 */
function holdsPinned(toolsFolder, pinned) {
  try {
    const ledger = JSON.parse(readFileSync(join(toolsFolder, 'node_modules', '.package-lock.json'), 'utf8'));
    const entry = ledger.packages[`node_modules/${pinned.package}`];
    return entry.version === pinned.version && entry.integrity === pinned.integrity;
  } catch {
    // No ledger or no such entry: nothing usable is installed.
    return false;
  }
}
