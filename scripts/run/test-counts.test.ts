import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { addCounts, countsLine, readVitestCounts } from './test-counts.ts';

test("vitest's report is counted, tests not yet written as skipped", () => {
  const folder = mkdtempSync(join(tmpdir(), 'test-counts-'));
  using _ = { [Symbol.dispose]: () => rmSync(folder, { recursive: true }) };
  const report = join(folder, 'unit.json');
  writeFileSync(
    report,
    '{"numTotalTests":9,"numPassedTests":5,"numFailedTests":1,"numPendingTests":2,"numTodoTests":1}',
  );

  expect(readVitestCounts(report)).toEqual({ passed: 5, failed: 1, skipped: 3 });
  expect(readVitestCounts(join(folder, 'never-written.json'))).toBeUndefined();
});

test('the closing line names skipped tests only when there are any', () => {
  const sum = addCounts({ passed: 2, failed: 0, skipped: 0 }, { passed: 3, failed: 1, skipped: 0 });
  expect(countsLine(sum)).toBe('5 passed, 1 failed');
  expect(countsLine(addCounts(sum, { passed: 0, failed: 0, skipped: 4 }))).toBe(
    '5 passed, 1 failed, 4 skipped',
  );
});
