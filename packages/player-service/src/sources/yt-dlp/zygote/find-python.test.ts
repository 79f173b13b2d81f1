import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { findExecutable } from '../../../subprocess/find-executable.ts';
import { YT_DLP } from '../../local-internet.ts';
import { findPython, type YtDlpPython } from './find-python.ts';

let folder: string;
let program: string;

beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'find-python-test-'));
  program = join(folder, 'yt-dlp');
});

afterEach(() => rm(folder, { recursive: true }));

const PYTHON = '/opt/yt-dlp/bin/python3.13';
const PIP = `# -*- coding: utf-8 -*-
import re
import sys
from yt_dlp import main
if __name__ == '__main__':
    sys.argv[0] = re.sub(r'(-script\\.pyw|\\.exe)?$', '', sys.argv[0])
    sys.exit(main())
`;
const NEW_PIP = `import sys
from yt_dlp import main
if __name__ == '__main__':
    sys.argv[0] = sys.argv[0].removesuffix('.exe')
    sys.exit(main())
`;
const UV = `# -*- coding: utf-8 -*-
import sys
from yt_dlp import main
if __name__ == "__main__":
    if sys.argv[0].endswith("-script.pyw"):
        sys.argv[0] = sys.argv[0][:-11]
    elif sys.argv[0].endswith(".exe"):
        sys.argv[0] = sys.argv[0][:-4]
    sys.exit(main())
`;
const BESIDE_PYTHON = `#!/bin/sh
exec '/usr/bin/python3' -I -c 'import sys; sys.path.insert(0, sys.argv.pop(1)); from yt_dlp import main; sys.argv[0] = "yt-dlp"; main()' '/a folder/lib' "$@"
`;
const ZIP = 'PK\x03\x04 and so on';

async function find(text: string): Promise<YtDlpPython> {
  await writeFile(program, text, 'latin1');
  return findPython(program, async (name) => (name === 'python3' ? '/usr/bin/python3' : undefined));
}

describe('a program that only starts yt_dlp is known by its text', () => {
  test.each([
    ['pip', `#!${PYTHON}\n${PIP}`, { interpreter: PYTHON }],
    ['a newer pip', `#!${PYTHON}\n${NEW_PIP}`, { interpreter: PYTHON }],
    ['uv', `#!${PYTHON}\n${UV}`, { interpreter: PYTHON }],
    ['a distribution, isolated', `#!/usr/bin/python3 -sP\n${PIP}`, { interpreter: '/usr/bin/python3' }],
    ['env', `#!/usr/bin/env python3\n${PIP}`, { interpreter: '/usr/bin/python3' }],
    [
      'pip in a folder with a long name',
      `#!/bin/sh\n'''exec' "/a folder/bin/python" "$0" "$@"\n' '''\n${PIP}`,
      { interpreter: '/a folder/bin/python' },
    ],
  ])('%s', async (_name, text, python) => {
    expect(await find(text)).toEqual(python);
  });

  test('the set-up command, where it had to install beside Python', async () => {
    expect(await find(BESIDE_PYTHON)).toEqual({
      interpreter: '/usr/bin/python3',
      library: '/a folder/lib',
    });
  });

  test('an archive that Python runs is where it imports from', async () => {
    expect(await find(`#!/usr/bin/env python3\n${ZIP}`)).toEqual({
      interpreter: '/usr/bin/python3',
      library: program,
    });
  });

  test('the yt-dlp that these tests use is one', async () => {
    const path = await findExecutable(YT_DLP, env['PATH'] ?? '');
    const found = await findPython(path ?? '', (name) => findExecutable(name, env['PATH'] ?? ''));
    expect(await findExecutable(found.interpreter, '')).toBe(found.interpreter);
  });
});

describe('a program that may be more is left alone', () => {
  test.each([
    ['a binary', '\x7fELF\x02\x01\x01'],
    ['an empty file', ''],
    ['a script of the shell', '#!/bin/sh\nexec /usr/bin/yt-dlp --cookies /c "$@"\n'],
    ['an archive without Python', `#!/usr/bin/ruby\n${ZIP}`],
    ['another language', `#!/usr/bin/perl\n${PIP}`],
    ['a Python that is not named in full', `#!python3\n${PIP}`],
    ['a Python that is not there', `#!/usr/bin/env python9\n${PIP}`],
    ['options of env', `#!/usr/bin/env -S python3 -X dev\n${PIP}`],
    ['options of Python that change what runs', `#!/usr/bin/python3 -X importtime\n${PIP}`],
    ['a line of its own', `#!${PYTHON}\n${PIP}import os\n`],
    ['arguments of its own', `#!${PYTHON}\n${PIP.replace('main()', "main(['-v'])")}`],
    ['something between', `#!${PYTHON}\n${PIP.replace('import re', 'import re; import os')}`],
    [
      'a name that runs something',
      `#!${PYTHON}\n${PIP.replace('sys.argv[0] = re', 'sys.argv[0] = exec() or re')}`,
    ],
    ['another package', `#!${PYTHON}\n${PIP.replace('yt_dlp', 'yt_dlp_of_mine')}`],
    ['more than is read', `#!${PYTHON}\n${PIP}${'#'.repeat(5_000)}\nimport os\n`],
    [
      'a shell that does something on the side',
      `#!/bin/sh\n'''exec' "/a/$(id)/python" "$0" "$@"\n' '''\n${PIP}`,
    ],
  ])('%s', async (_name, text) => {
    await expect(find(text)).rejects.toThrow(/is not a Python script|does more than start yt_dlp/);
  });

  test('a file that cannot be read is told by its cause', async () => {
    await expect(findPython(join(folder, 'absent'), async () => undefined)).rejects.toThrow('ENOENT');
  });
});
