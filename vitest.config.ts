import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    projects: [
      {
        test: {
          name: 'unit',
          include: ['packages/*/{src,test}/**/*.test.ts', 'scripts/**/*.test.ts', 'bench/**/*.test.ts'],
          pool: 'forks',
          setupFiles: ['packages/test-support/src/leave-nothing-open.ts'],
          // Most tests wait for sound, sockets and processes: more of them at a time than there are cores.
          maxWorkers: 3,
          testTimeout: 20_000,
        },
      },
      {
        test: {
          name: 'e2e',
          include: ['e2e/**/*.test.ts'],
          pool: 'forks',
          setupFiles: ['packages/test-support/src/leave-nothing-open.ts'],
          fileParallelism: false,
          testTimeout: 60_000,
          hookTimeout: 60_000,
        },
      },
    ],
  },
});
