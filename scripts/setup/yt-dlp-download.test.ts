import { createHash } from 'node:crypto';
import { existsSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { acceptDownload } from './yt-dlp-download.mjs';

function downloaded(content: string) {
  const folder = mkdtempSync(join(tmpdir(), 'yt-dlp-download-'));
  const draft = join(folder, 'yt-dlp.part');
  writeFileSync(draft, content);
  return {
    draft,
    path: join(folder, 'yt-dlp'),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true }),
  };
}

test('a download with the pinned checksum becomes an executable that others cannot write', () => {
  using file = downloaded('the released program');
  const sha256 = createHash('sha256').update('the released program').digest('hex');

  expect(acceptDownload(file.draft, file.path, sha256)).toEqual({ path: file.path, output: '' });
  expect(readFileSync(file.path, 'utf8')).toBe('the released program');
  expect(statSync(file.path).mode & 0o777).toBe(0o755);
});

test('a download with another checksum is deleted and never gets its name', () => {
  using file = downloaded('something else');

  const result = acceptDownload(file.draft, file.path, 'f'.repeat(64));

  expect(result.path).toBeUndefined();
  expect(result.output).toContain('was deleted');
  expect([file.draft, file.path].filter(existsSync)).toEqual([]);
});
