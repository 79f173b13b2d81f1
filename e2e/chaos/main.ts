import { argv, exit } from 'node:process';
import { parseArgs } from 'node:util';
import { CHAOS_CASES } from './cases.ts';
import { runCase, type Verdict } from './run-case.ts';

const USAGE = `pnpm chaos                every case, one after the other
pnpm chaos --fast         those of every test run
pnpm chaos --only F4,F9   the named ones
pnpm chaos --seed 7       other random choices, the same for the same seed`;

const { values } = parseArgs({
  args: argv.slice(2),
  options: {
    fast: { type: 'boolean', default: false },
    only: { type: 'string' },
    seed: { type: 'string', default: '1' },
    help: { type: 'boolean', default: false },
  },
});
if (values.help) console.log(USAGE);
else exit(await run());

async function run(): Promise<number> {
  const wanted = values.only?.split(',').map((id) => id.trim());
  const unknown = wanted?.filter((id) => !CHAOS_CASES.some((chaosCase) => chaosCase.id === id)) ?? [];
  if (unknown.length > 0) {
    console.error(
      `no such case: ${unknown.join(', ')}; there are ${CHAOS_CASES.map(({ id }) => id).join(', ')}`,
    );
    return 64;
  }
  const cases = CHAOS_CASES.filter(
    ({ id, isFast }) => (wanted?.includes(id) ?? true) && (isFast || !values.fast),
  );
  const verdicts: Verdict[] = [];
  console.log('| case | injected | observed | s | |\n|---|---|---|---|---|');
  for (const chaosCase of cases) {
    const verdict = await runCase(chaosCase, Number(values.seed));
    verdicts.push(verdict);
    const { id, injected, observed, tookMs, passed } = verdict;
    console.log(
      `| ${id} | ${injected} | ${observed} | ${Math.round(tookMs / 1_000)} | ${passed ? 'pass' : 'FAIL'} |`,
    );
  }
  const failed = verdicts.filter(({ passed }) => !passed).length;
  console.log(`\n${verdicts.length - failed} passed, ${failed} failed`);
  return failed === 0 ? 0 : 1;
}
