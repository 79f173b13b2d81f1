import { existsSync, mkdirSync, readdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { aptInstall, canUseApt } from './apt.mjs';
import { findOnPath } from './find-on-path.mjs';

const DEBIAN_FOLDER = '/usr/lib/postgresql';
const CLUSTER_SETTINGS = '/etc/postgresql-common';

/**
 * A PostgreSQL to start throw-away servers from. Only the tests want one, and they do without: half of the store's tests
 * are then skipped, which is said here.
 *
 * @type {import('./step.mjs').Step<{ folder: string | null }>}
 */
export const postgres = {
  name: 'postgres',
  title: 'PostgreSQL',

  isCurrent: (_context, { folder }) => folder !== null && existsSync(join(folder, 'initdb')),

  async provide({ env, working, note }) {
    let folder = findFolder(env);
    const wasThere = folder !== undefined;
    if (folder === undefined && canUseApt(env)) {
      working('installing with apt-get');
      declineMainCluster();
      await aptInstall(['postgresql'], env);
      folder = findFolder(env);
    }
    if (folder === undefined) {
      note(
        'PostgreSQL is not installed: tests that need it are skipped (Debian/Ubuntu: `sudo apt-get install postgresql`).',
      );
      return { record: { folder: null }, what: 'none' };
    }
    return { record: { folder }, what: wasThere ? `found in ${folder}` : 'installed with apt-get' };
  },

  apply() {
    // The tests look in the same places.
  },
};

/** @param {NodeJS.ProcessEnv} env */
function findFolder(env) {
  const versions = existsSync(DEBIAN_FOLDER) ? readdirSync(DEBIAN_FOLDER) : [];
  const debian = versions
    .sort((a, b) => Number(b) - Number(a))
    .map((version) => join(DEBIAN_FOLDER, version, 'bin', 'initdb'));
  const [initdb] = [...debian, ...findOnPath('initdb', env)].filter((path) => existsSync(path));
  return initdb?.replace(/\/initdb$/, '');
}

/** The package would make and start a server of its own, which nobody here asked for. */
function declineMainCluster() {
  const path = join(CLUSTER_SETTINGS, 'createcluster.conf');
  if (existsSync(path)) return;
  mkdirSync(CLUSTER_SETTINGS, { recursive: true });
  writeFileSync(path, 'create_main_cluster = false\n');
}
