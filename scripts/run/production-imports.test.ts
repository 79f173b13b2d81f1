import { readFileSync } from 'node:fs';
import { isBuiltin } from 'node:module';
import { dirname, join, relative } from 'node:path';
import { expect, test } from 'vitest';

const packages = join(import.meta.dirname, '../../packages');

/** Static, re-exported, dynamic and worker modules; `import type` leaves nothing to load. */
const MODULE_REFERENCES = [
  /^(?:import|export)\s(?!type\s)[^'"`;]*?from '([^']+)'/gm,
  /^import '([^']+)'/gm,
  /\bimport\('([^']+)'\)/g,
  /\bnew URL\('(\.[^']+\.ts)', import\.meta\.url\)/g,
];

interface Loaded {
  readonly files: Set<string>;
  /** `file imports package`, for every package that the file's own package does not declare for production. */
  readonly undeclared: Set<string>;
}

/** Follows everything that starting this file loads, into our other packages too. */
function load(file: string, loaded: Loaded): Loaded {
  if (loaded.files.has(file)) return loaded;
  loaded.files.add(file);
  const text = readFileSync(file, 'utf8');
  const specifiers = MODULE_REFERENCES.flatMap((pattern) =>
    [...text.matchAll(pattern)].map((match) => match[1] ?? ''),
  );
  for (const specifier of specifiers) {
    if (specifier.startsWith('.')) load(join(dirname(file), specifier), loaded);
    else if (!isBuiltin(specifier)) follow(file, specifier, loaded);
  }
  return loaded;
}

function follow(file: string, specifier: string, loaded: Loaded): void {
  const dependency = /^(?:@[^/]+\/)?[^/]+/.exec(specifier)?.[0] ?? specifier;
  const [owner = ''] = relative(packages, file).split('/');
  const manifest = JSON.parse(readFileSync(join(packages, owner, 'package.json'), 'utf8'));
  if (manifest.dependencies?.[dependency] === undefined) {
    loaded.undeclared.add(`${relative(packages, file)} imports ${dependency}`);
  }
  const ours = /^@bandstand\/(.+)$/.exec(dependency)?.[1];
  if (ours !== undefined) load(join(packages, ours, 'src/index.ts'), loaded);
}

test.each(['bot-client', 'player-service'])(
  'everything that %s loads is installed without development dependencies',
  (service) => {
    const loaded = load(join(packages, service, 'src/main.ts'), { files: new Set(), undeclared: new Set() });

    expect([...loaded.undeclared]).toEqual([]);
    expect(loaded.files.size).toBeGreaterThan(30);
  },
);
