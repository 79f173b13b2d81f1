import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { addCounts, countsLine, readVitestCounts, type TestCounts } from './test-counts.ts';

interface Phase {
  readonly name: string;
  readonly title: string;
  readonly command: readonly [program: string, ...args: string[]];
  /** Where vitest writes what it counted; absent for a check that is no test. */
  readonly report?: string;
}

const root = join(import.meta.dirname, '../..');
const reports = join(root, '.tools', 'test-reports');

const phases: readonly Phase[] = [
  { name: 'types', title: 'Type check', command: ['tsc', '--noEmit'] },
  {
    name: 'lint',
    title: 'Lint',
    command: ['biome', 'ci', '.', `--colors=${process.stdout.isTTY ? 'force' : 'off'}`],
  },
  vitest('unit', 'Unit and integration tests'),
  vitest('e2e', 'End-to-end tests'),
  vitest('alone', 'Tests that need the machine for themselves'),
];

process.exitCode = await runPhases(process.argv.slice(2));

/**
 * Runs all phases, or the named ones, to the end even after a failure: one run then tells everything that is wrong. Ctrl-C ends it.
 *
 * @returns the exit code of the first phase that failed
 */
async function runPhases(names: readonly string[]): Promise<number> {
  const unknown = names.find((name) => !phases.some((phase) => phase.name === name));
  if (unknown !== undefined) {
    console.error(`There is no test phase ${unknown}: ${phases.map((phase) => phase.name).join(', ')}.`);
    return 64;
  }
  rmSync(reports, { recursive: true, force: true });
  mkdirSync(reports, { recursive: true });
  let total: TestCounts = { passed: 0, failed: 0, skipped: 0 };
  let firstFailure = 0;
  for (const phase of phases.filter(({ name }) => names.length === 0 || names.includes(name))) {
    console.log(`\n━━ ${phase.title}`);
    const startedMs = performance.now();
    const { exitCode, isInterrupted } = await runPhase(phase);
    const counts = phaseCounts(phase, exitCode);
    total = addCounts(total, counts);
    firstFailure ||= exitCode;
    const seconds = ((performance.now() - startedMs) / 1000).toFixed(1);
    console.log(
      `━━ ${phase.title}: ${exitCode === 0 ? 'ok' : `failed (exit code ${exitCode})`} in ${seconds} s`,
    );
    if (isInterrupted) break;
  }
  console.log(`\n${countsLine(total)}`);
  return firstFailure;
}

async function runPhase({ command: [program, ...args] }: Phase) {
  const child = spawn(program, args, { cwd: root, stdio: ['ignore', 'inherit', 'inherit'] });
  let isInterrupted = false;
  const interrupt = (signal: NodeJS.Signals) => {
    isInterrupted = true;
    child.kill(signal);
  };
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.once(signal, interrupt);
  const [code] = await once(child, 'exit');
  for (const signal of ['SIGINT', 'SIGTERM'] as const) process.removeAllListeners(signal);
  return { exitCode: Number(code ?? 1), isInterrupted };
}

/** A phase that failed without a failed test (a type error, a suite that cannot load) counts as one failure. */
function phaseCounts({ report }: Phase, exitCode: number): TestCounts {
  const counts = report === undefined ? undefined : readVitestCounts(report);
  const known = counts ?? { passed: 0, failed: 0, skipped: 0 };
  return exitCode !== 0 && known.failed === 0 ? { ...known, failed: 1 } : known;
}

function vitest(project: string, title: string): Phase {
  const report = join(reports, `${project}.json`);
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${report}`];
  return { name: project, title, report, command: ['vitest', 'run', '--project', project, ...reporters] };
}
