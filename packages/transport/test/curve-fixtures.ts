import { rename, rm, writeFile } from 'node:fs/promises';
import type { BotCurve, PlayerCurve } from '../src/index.ts';
import { generateKeyPair, KEY_FILES, writeKeyFiles } from '../src/index.ts';
import { temporaryFolder } from './transports.ts';

/** Key files of a player and its bot, and of a stranger whom nobody knows. */
export async function keyFolder() {
  const folder = await temporaryFolder();
  const strangers = await temporaryFolder();
  await writeKeyFiles(folder.path);
  await writeKeyFiles(strangers.path);
  const of = (path: string) => ({
    playerSecret: `${path}/${KEY_FILES.player.secret}`,
    playerPublic: `${path}/${KEY_FILES.player.public}`,
    botSecret: `${path}/${KEY_FILES.bot.secret}`,
    botPublic: `${path}/${KEY_FILES.bot.public}`,
  });
  const files = of(folder.path);
  const foreign = of(strangers.path);
  const allowlist = `${folder.path}/allowed`;
  const player: PlayerCurve = {
    mechanism: 'curve',
    secretKeyFile: files.playerSecret,
    publicKeyFile: files.playerPublic,
    allowedClientKeysFile: allowlist,
  };
  const bot: BotCurve = {
    mechanism: 'curve',
    secretKeyFile: files.botSecret,
    publicKeyFile: files.botPublic,
    serverPublicKeyFile: files.playerPublic,
  };
  const stranger: BotCurve = { ...bot, secretKeyFile: foreign.botSecret, publicKeyFile: foreign.botPublic };
  /** Swaps the list as a whole, as mounted secrets change. */
  const allow = async (...keys: string[]) => {
    await writeFile(`${allowlist}.new`, `# who may connect\n${keys.join('\n')}\n`);
    await rename(`${allowlist}.new`, allowlist);
  };
  return {
    path: folder.path,
    files,
    foreign,
    allowlist,
    player,
    bot,
    stranger,
    allow,
    unknownKey: generateKeyPair().publicKey,
    removeAllowlist: () => rm(allowlist),
    async [Symbol.asyncDispose]() {
      await folder[Symbol.asyncDispose]();
      await strangers[Symbol.asyncDispose]();
    },
  };
}
