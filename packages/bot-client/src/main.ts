import { setTimeout as sleep } from 'node:timers/promises';
import { createLogger } from '@bandstand/service-kit';
import { readKeyFile } from '@bandstand/transport';
import { Bot, TokenRefused } from './bot.ts';
import { type BotConfig, ConfigError, readConfig } from './config.ts';

/** sysexits.h: the configuration is at fault; starting again will not help. */
const EX_CONFIG = 78;
/** A supervisor kills after 5 s or more. */
const STOP_DEADLINE_MS = 4_500;

function config(): BotConfig {
  try {
    return readConfig(process.env);
  } catch (error) {
    if (!(error instanceof ConfigError)) throw error;
    for (const problem of error.problems) process.stderr.write(`${problem}\n`);
    process.exit(EX_CONFIG);
  }
}

const botConfig = config();
const { security } = botConfig;
const log = createLogger({
  name: 'bot-client',
  level: botConfig.logLevel,
  secrets: [
    botConfig.token,
    ...(security.mechanism === 'curve' ? [readKeyFile(security.secretKeyFile)] : []),
  ],
});

function die(error: unknown): never {
  log.fatal({ err: error }, 'the bot cannot go on');
  process.exit(error instanceof TokenRefused ? EX_CONFIG : 1);
}

process.on('uncaughtException', die);
process.on('unhandledRejection', die);

let bot: Bot | undefined;
let isStopping = false;

/** Without `client.destroy()`: see {@link Bot.stop}. */
async function stop(signal: NodeJS.Signals): Promise<void> {
  if (isStopping) return;
  isStopping = true;
  log.info({ signal }, 'stopping');
  const inTime = await Promise.race([
    (bot?.stop() ?? Promise.resolve()).then(() => true),
    sleep(STOP_DEADLINE_MS, false, { ref: false }),
  ]);
  if (!inTime) log.warn('stopped without waiting any longer');
  process.exit(0);
}

process.on('SIGTERM', (signal) => void stop(signal));
process.on('SIGINT', (signal) => void stop(signal));

log.info({ player: botConfig.commandEndpoint, encrypted: security.mechanism === 'curve' }, 'starting');
try {
  bot = await Bot.start({ config: botConfig, log, onFatal: die });
} catch (error) {
  if (!isStopping) die(error);
}
