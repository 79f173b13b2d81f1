import { chmodSync, mkdirSync, mkdtempSync, readdirSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ytDlp } from './yt-dlp.mjs';

/** A machine whose only programs are the given stand-ins for yt-dlp, each in its own folder on PATH. */
function machineWith(programs: Readonly<Record<string, string>>, env: NodeJS.ProcessEnv = {}) {
  const root = mkdtempSync(join(tmpdir(), 'yt-dlp-'));
  for (const [folder, answer] of Object.entries(programs)) {
    mkdirSync(join(root, folder));
    writeFileSync(join(root, folder, 'yt-dlp'), `#!/bin/sh\nprintf '${answer}'\n`);
    chmodSync(join(root, folder, 'yt-dlp'), 0o755);
  }
  const path = Object.keys(programs)
    .map((folder) => join(root, folder))
    .join(':');
  return {
    root,
    context: {
      root,
      toolsFolder: join(root, '.tools'),
      env: { PATH: path, ...env } as NodeJS.ProcessEnv,
      node: process.execPath,
      pnpm: '',
      working: () => {},
      note: () => {},
    },
    [Symbol.dispose]: () => rmSync(root, { recursive: true }),
  };
}

test('of several on PATH the first that is new enough is used', async () => {
  using machine = machineWith({
    old: '2024.01.01',
    fake: '2099.01.01 fork',
    good: '2026.08.19',
    newer: '2026.09.30',
  });

  const { record } = await ytDlp.provide(machine.context);
  ytDlp.apply(machine.context, record);

  expect(machine.context.env['YT_DLP_PATH']).toBe(join(machine.root, 'good', 'yt-dlp'));
  expect(record.version).toBe('2026.08.19');
});

test('one named by YT_DLP_PATH that is too old is refused, not replaced', async () => {
  using machine = machineWith({ good: '2026.08.19', old: '2024.01.01' });
  machine.context.env['YT_DLP_PATH'] = join(machine.root, 'old', 'yt-dlp');

  await expect(ytDlp.provide(machine.context)).rejects.toThrow(/YT_DLP_PATH names .* update it or unset/);
});

test('where nothing can be installed, one sentence says what to do and nothing is left behind', async () => {
  using machine = machineWith({ old: '2024.01.01' });
  mkdirSync(join(machine.root, 'packages', 'player-service'), { recursive: true });

  await expect(ytDlp.provide(machine.context)).rejects.toThrow(
    /^yt-dlp 2026\.07\.04 or newer is missing .* and try again\.$/,
  );
  expect(readdirSync(machine.context.toolsFolder)).toEqual([]);
});

test('one that was exchanged since is looked at again', async () => {
  using machine = machineWith({ good: '2026.08.19' });
  const { record } = await ytDlp.provide(machine.context);
  expect(ytDlp.isCurrent(machine.context, record)).toBe(true);

  writeFileSync(record.path, '#!/bin/sh\necho 2023.01.01\n');

  expect(ytDlp.isCurrent(machine.context, record)).toBe(false);
});
