import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { attempt, problemLines, readVariables } from './variables.ts';

test('only what is set to something counts, without white space and placeholders', () => {
  const env = { A: ' a ', B: '', C: '  ', D: undefined, E: 'your_token_here' };
  expect(readVariables(env, { inFiles: [], placeholder: /_here$/ }, [])).toEqual({ A: 'a' });
});

test('a secret is read from its file, unless it is set directly; a file that cannot be used is a problem', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bandstand-variables-'));
  try {
    const [secret, empty, absent] = ['secret', 'empty', 'absent'].map((name) => join(folder, name));
    writeFileSync(secret ?? '', 'hush\n');
    writeFileSync(empty ?? '', '\n');
    const problems: string[] = [];
    const env = { A_FILE: secret, B: 'direct', B_FILE: absent, C_FILE: empty, D_FILE: absent };
    const values = readVariables(env, { inFiles: ['A', 'B', 'C', 'D', 'E'] }, problems);
    expect(values).toMatchObject({ A: 'hush', B: 'direct' });
    expect(values).not.toHaveProperty('C');
    expect(problems).toEqual(['C_FILE: the file is empty', 'D_FILE: cannot be read (ENOENT)']);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('what is thrown and what a schema minds become lines', () => {
  const problems: string[] = [];
  expect(attempt(() => 7, problems)).toBe(7);
  const refuse = () => {
    throw new Error('A: wrong\nB: missing');
  };
  expect(attempt(refuse, problems)).toBeUndefined();
  problems.push(...problemLines([{ path: ['C'], message: 'too small' }]));
  expect(problems).toEqual(['A: wrong', 'B: missing', 'C: too small']);
});
