import { setTimeout as sleep } from 'node:timers/promises';
import { ConfigError, createLogger } from '@bandstand/service-kit';
import { readKeyFile } from '@bandstand/transport';
import { Bot, TokenRefused } from './bot.ts';
import { type BotConfig, readConfig } from './config.ts';
import { DatabaseRefused } from './store/database-refused.ts';

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
  const isSettingWrong = error instanceof TokenRefused || error instanceof DatabaseRefused;
  process.exit(isSettingWrong ? EX_CONFIG : 1);
}

process.on('uncaughtException', die);
process.on('unhandledRejection', die);

const stopping = new AbortController();
let starting: Promise<Bot> | undefined;

/** A start that is under way ends by itself; why it failed is no news any more. */
async function stopped(): Promise<void> {
  const bot = await starting?.catch(() => undefined);
  await bot?.stop();
}

/** Without `client.destroy()`: see {@link Bot.stop}. */
async function stop(signal: NodeJS.Signals): Promise<void> {
  if (stopping.signal.aborted) return;
  log.info({ signal }, 'stopping');
  stopping.abort();
  const inTime = await Promise.race([
    stopped().then(() => true),
    sleep(STOP_DEADLINE_MS, false, { ref: false }),
  ]);
  if (!inTime) log.warn('stopped without waiting any longer');
  process.exit(0);
}

process.on('SIGTERM', (signal) => void stop(signal));
process.on('SIGINT', (signal) => void stop(signal));

log.info({ player: botConfig.commandEndpoint, encrypted: security.mechanism === 'curve' }, 'starting');
try {
  starting = Bot.start({ config: botConfig, log, onFatal: die, signal: stopping.signal });
  await starting;
} catch (error) {
  if (!stopping.signal.aborted) die(error);
}
