import { readFileSync, writeFileSync } from 'node:fs';
import { env } from 'node:process';

const MARKED = /<!-- table: (.+?) -->\n([\s\S]*?)<!-- end -->/g;

/**
 * The tables of a document that stand between `<!-- table: NAME -->` and `<!-- end -->`, for a test that holds them against
 * the code. With `UPDATE_DOCS=1` in the environment the expected ones are written first; the prose between them is for
 * people to write.
 */
export function readMarkedTables(path: string, expected: ReadonlyMap<string, string>): Map<string, string> {
  if (env['UPDATE_DOCS'] === '1') writeTables(path, expected);
  const text = readFileSync(path, 'utf8');
  return new Map(Array.from(text.matchAll(MARKED), ([, name = '', table = '']) => [name, table.trimEnd()]));
}

/** Rows of cells as a Markdown table. */
export function markdownTable(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]) => `| ${cells.join(' | ')} |`;
  return [line(head), `|${'---|'.repeat(head.length)}`, ...rows.map(line)].join('\n');
}

function writeTables(path: string, expected: ReadonlyMap<string, string>): void {
  const text = readFileSync(path, 'utf8').replace(MARKED, (whole, name: string) => {
    const table = expected.get(name);
    return table === undefined ? whole : `<!-- table: ${name} -->\n${table}\n<!-- end -->`;
  });
  writeFileSync(path, text);
}
