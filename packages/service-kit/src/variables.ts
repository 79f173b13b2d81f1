import { readFileSync } from 'node:fs';

export interface VariablesOptions {
  /** Secrets that may stand in a file, named by `<NAME>_FILE`; a variable set directly wins over its file. */
  readonly inFiles: readonly string[];
  /** What counts as unset, besides nothing and white space. */
  readonly placeholder?: RegExp | undefined;
}

/**
 * The environment as a configuration reads it: what is set to something, without white space around it.
 *
 * @param problems - Gets a line for each file that cannot be used.
 */
export function readVariables(
  env: Readonly<Record<string, string | undefined>>,
  { inFiles, placeholder }: VariablesOptions,
  problems: string[],
): Record<string, string> {
  const values: Record<string, string> = {};
  for (const [name, raw] of Object.entries(env)) {
    const value = raw?.trim();
    if (value !== undefined && value !== '' && placeholder?.test(value) !== true) values[name] = value;
  }
  for (const name of inFiles) {
    const path = values[`${name}_FILE`];
    if (path === undefined || values[name] !== undefined) continue;
    const value = readSecret(`${name}_FILE`, path, problems);
    if (value !== undefined) values[name] = value;
  }
  return values;
}

/** For checks that throw: their message becomes problems, a line each. */
export function attempt<T>(read: () => T, problems: string[]): T | undefined {
  try {
    return read();
  } catch (error) {
    problems.push(...(error as Error).message.split('\n'));
    return undefined;
  }
}

/** What a schema has against the values, a line each. */
export function problemLines(
  issues: readonly { readonly path: readonly PropertyKey[]; readonly message: string }[],
): string[] {
  return issues.map(({ path, message }) => `${path.join('.')}: ${message}`);
}

function readSecret(variable: string, path: string, problems: string[]): string | undefined {
  try {
    const value = readFileSync(path, 'utf8').trim();
    if (value !== '') return value;
    problems.push(`${variable}: the file is empty`);
  } catch (error) {
    // The code says enough; the message would repeat the path only.
    problems.push(`${variable}: cannot be read (${(error as NodeJS.ErrnoException).code ?? 'unknown'})`);
  }
  return undefined;
}
