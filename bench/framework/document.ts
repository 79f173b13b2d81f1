import { readFile, writeFile } from 'node:fs/promises';
import { arch, cpus, release } from 'node:os';
import { join } from 'node:path';
import { version } from 'node:process';
import type { BenchTable } from './bench-row.ts';

const DOCUMENT = join(import.meta.dirname, '../../docs/benchmarks.md');

/** Puts what was measured in its place in the document; the words around it stay. */
export async function writeSection(name: string, tables: readonly (BenchTable | string)[]): Promise<void> {
  const text = await readFile(DOCUMENT, 'utf8');
  const [open, close] = [`<!-- bench:${name} -->`, `<!-- /bench:${name} -->`];
  const from = text.indexOf(open);
  const to = text.indexOf(close);
  if (from === -1 || to === -1)
    throw new Error(`docs/benchmarks.md has no place for ${name}: ${open} … ${close}`);
  const section = `${open}\n\n${machine()}\n\n${tables.map(render).join('\n')}\n`;
  await writeFile(DOCUMENT, text.slice(0, from) + section + text.slice(to));
}

export function render(table: BenchTable | string): string {
  if (typeof table === 'string') return `${table}\n`;
  const { title, columns, rows, note } = table;
  const lines = [columns, columns.map(() => '---'), ...rows].map((cells) => `| ${cells.join(' | ')} |`);
  return `**${title}**\n\n${lines.join('\n')}\n\n${note}\n`;
}

/** What it ran on, without a name. */
export function machine(): string {
  const processors = cpus();
  const model = processors[0]?.model.trim() ?? 'unknown processor';
  const date = new Date().toISOString().slice(0, 10);
  return `_${date}, ${processors.length} × ${model} (${arch}), Linux ${release().split('-')[0]}, Node ${version.slice(1)}._`;
}
