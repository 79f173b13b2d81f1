import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { KEY_FILES, type KeyOwner, writeKeyFiles } from '../../packages/transport/src/index.ts';
import { handOutKeys } from './key-hand-out.ts';

const USAGE = `npm run keys                                 writes keys/ with a pair for the player and one for the bot
npm run keys -- --folder DIR                 the same elsewhere
npm run keys -- --rotate                     new pairs in place of those that are there
npm run keys -- --hand-out player=DIR        also copies what that side needs, and no more, to DIR (player or bot;
                                             may be given for both)

Keys that are there stay as they are without --rotate.`;

process.exitCode = await main(process.argv.slice(2));

async function main(args: string[]): Promise<number> {
  const options = readOptions(args);
  if (typeof options === 'string') {
    console.error(`${options}\n\n${USAGE}`);
    return 64;
  }
  if (options.help) {
    console.log(USAGE);
    return 0;
  }
  const written = await writeKeyFiles(options.folder, { rotate: options.rotate });
  for (const owner of Object.keys(KEY_FILES) as KeyOwner[]) {
    console.log(`${owner}: ${written.includes(owner) ? 'new key pair' : 'keys kept'} in ${options.folder}`);
  }
  for (const { owner, folder } of options.handOuts) {
    await handOutKeys(options.folder, owner, folder);
    console.log(`${owner}: its keys and the other's public key in ${folder}`);
  }
  return 0;
}

interface KeyOptions {
  readonly folder: string;
  readonly rotate: boolean;
  readonly help: boolean;
  readonly handOuts: readonly { readonly owner: KeyOwner; readonly folder: string }[];
}

/** @returns a sentence about what is wrong, for arguments that make no sense */
function readOptions(args: string[]): KeyOptions | string {
  let values: { folder: string; rotate: boolean; help: boolean; 'hand-out': string[] };
  try {
    ({ values } = parseArgs({
      args,
      options: {
        folder: { type: 'string', default: 'keys' },
        rotate: { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
        'hand-out': { type: 'string', multiple: true, default: [] },
      },
    }));
  } catch (error) {
    return (error as Error).message;
  }
  const handOuts: { owner: KeyOwner; folder: string }[] = [];
  for (const text of values['hand-out']) {
    const [, owner, folder] = /^(player|bot)=(.+)$/.exec(text) ?? [];
    if (owner === undefined || folder === undefined)
      return `--hand-out takes player=DIR or bot=DIR, not ${text}.`;
    handOuts.push({ owner: owner as KeyOwner, folder: resolve(folder) });
  }
  return { folder: resolve(values.folder), rotate: values.rotate, help: values.help, handOuts };
}
