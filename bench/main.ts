import { argv, exit, stdout } from 'node:process';
import { parseArgs } from 'node:util';
import { machine, render, writeSection } from './framework/document.ts';
import { ROWS } from './rows.ts';

/*
 * Everything side by side in one run: pnpm bench [--only NAME[,NAME]] [--quick] [--minutes N] [--list]
 * What is measured in earnest is written to docs/benchmarks.md.
 */
const { values } = parseArgs({
  args: argv.slice(2).filter((argument) => argument !== '--'),
  options: {
    only: { type: 'string' },
    quick: { type: 'boolean', default: false },
    minutes: { type: 'string', default: '30' },
    list: { type: 'boolean', default: false },
  },
});
const minutes = Number(values.minutes);
if (!(minutes > 0 && minutes <= 24 * 60)) fail('--minutes takes a number above 0');
const wanted = values.only?.split(',');
const unknown = wanted?.filter((name) => !ROWS.some((row) => row.name === name)) ?? [];
if (unknown.length > 0)
  fail(`no such row: ${unknown.join(', ')}; there are ${ROWS.map(({ name }) => name).join(', ')}`);

if (values.list) {
  for (const { name, onRequest } of ROWS)
    stdout.write(onRequest === true ? `${name} (on request)\n` : `${name}\n`);
  exit(0);
}
stdout.write(`${machine()}\n`);
let failures = 0;
for (const row of ROWS) {
  if (wanted === undefined ? row.onRequest === true : !wanted.includes(row.name)) continue;
  const startedAtMs = performance.now();
  try {
    const tables = await row.run({ quick: values.quick, minutes });
    stdout.write(`\n${tables.map(render).join('\n')}`);
    if (!values.quick) await writeSection(row.name, tables);
  } catch (error) {
    failures++;
    console.error(`${row.name} failed:`, error);
  }
  stdout.write(`(${row.name}: ${((performance.now() - startedAtMs) / 1_000).toFixed(0)} s)\n`);
}
exit(failures === 0 ? 0 : 1);

function fail(message: string): never {
  console.error(message);
  exit(2);
}
