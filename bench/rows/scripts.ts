import { execFile } from 'node:child_process';
import { join } from 'node:path';
import { execPath } from 'node:process';
import { promisify } from 'node:util';
import type { BenchRow } from '../framework/bench-row.ts';

const ROOT = join(import.meta.dirname, '../..');
const DEADLINE_MS = 180_000;

/** A benchmark that stands beside what it measures and prints its own tables. */
function scriptRow(
  name: string,
  script: string,
  args: readonly string[],
  quickArgs: readonly string[],
): BenchRow {
  return {
    name,
    async run({ quick }) {
      const { stdout } = await promisify(execFile)(
        execPath,
        [join(ROOT, script), ...(quick ? quickArgs : args)],
        {
          cwd: ROOT,
          timeout: DEADLINE_MS,
        },
      );
      return [stdout.trim()];
    },
  };
}

const PLAYER = 'packages/player-service/bench';

export const filtersRow = scriptRow('filters', `${PLAYER}/filters.bench.ts`, [], []);
export const extractionRow = scriptRow('extraction', `${PLAYER}/extraction.bench.ts`, ['10'], ['1']);
export const demuxRow = scriptRow('demux', `${PLAYER}/demux.bench.ts`, [], []);
export const channelRow = scriptRow(
  'channel',
  'packages/transport/bench/round-trip.bench.ts',
  ['3000'],
  ['200'],
);
