import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { expect, onTestFinished, test } from 'vitest';
import { PlayerStore } from '../src/store/player-store.ts';

const MAIN = fileURLToPath(new URL('../src/main.ts', import.meta.url));

/** How the shipped program ends, and what it said. */
async function endOfPlayer(
  dataDir: string,
): Promise<{ readonly code: number | null; readonly lines: string[] }> {
  const child = spawn(process.execPath, [MAIN], {
    env: { PATH: process.env['PATH'] ?? '', DATA_DIR: dataDir, PLAYER_HEALTH_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  onTestFinished(() => void child.kill('SIGKILL'));
  let text = '';
  child.stdout.on('data', (chunk: Buffer) => {
    text += chunk.toString();
  });
  await once(child, 'close');
  return { code: child.exitCode, lines: text.trim().split('\n') };
}

function temporaryFolder(): string {
  const folder = mkdtempSync(join(tmpdir(), 'bandstand-refusal-'));
  onTestFinished(() => rmSync(folder, { recursive: true }));
  return folder;
}

test('two players on one file: the second ends with 78 and one line that says so', async () => {
  const dataDir = temporaryFolder();
  await using _first = await PlayerStore.open({ dataDir, onSetAside: () => {}, onAvailable: () => {} });
  const { code, lines } = await endOfPlayer(dataDir);
  expect(code).toBe(78);
  expect(lines).toEqual([expect.stringContaining('another player uses this file')]);
});

test('a folder that cannot be written ends it with 78 and one line that names it', async () => {
  const folder = temporaryFolder();
  writeFileSync(join(folder, 'file'), '');
  const { code, lines } = await endOfPlayer(join(folder, 'file', 'inside'));
  expect(code).toBe(78);
  expect(lines).toEqual([expect.stringContaining('cannot be written there (ENOTDIR)')]);
});
