import { defaultExclude, defineConfig } from 'vitest/config';

const pool = 'forks';
const setupFiles = ['packages/test-support/src/leave-nothing-open.ts'];
/** Tests that judge milliseconds, and so need the machine for themselves. */
const ALONE = '**/*.alone.test.ts';
const exclude = [...defaultExclude, ALONE];

/** One project after the other: each in a group of its own, which ends before the next begins. */
export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/{src,test}/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
          exclude,
          pool,
          setupFiles,
          sequence: { groupOrder: 0 },
          // Most tests wait for sound, sockets and processes: more of them at a time than there are cores.
          maxWorkers: 3,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          exclude,
          pool,
          setupFiles,
          sequence: { groupOrder: 1 },
          // Each file starts the whole product, and then waits for sound most of the time.
          maxWorkers: 2,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
      {
        test: {
          name: 'alone',
          include: [ALONE],
          pool,
          setupFiles,
          sequence: { groupOrder: 2 },
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
