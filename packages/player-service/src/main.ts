import { ConfigError, createLogger } from '@bandstand/service-kit';
import { readConfig } from './config.ts';
import { startPlayerService } from './player-service.ts';

/** sysexits.h: something in the configuration is wrong; a restart alone will not help. */
const EX_CONFIG = 78;
/** The whole way out may take this long; Docker waits twice as long. */
const STOP_DEADLINE_MS = 4_500;

const boot = createLogger({ name: 'player', level: 'info' });

try {
  await run();
} catch (error) {
  if (error instanceof ConfigError) for (const problem of error.problems) boot.fatal(problem);
  else boot.fatal({ err: error }, 'the player could not start');
  process.exitCode = error instanceof ConfigError ? EX_CONFIG : 1;
}

async function run(): Promise<void> {
  const config = readConfig(process.env);
  const log = createLogger({ name: 'player', level: config.LOG_LEVEL });
  const service = await startPlayerService(config, log);

  let stopping = false;
  const stop = (reason: string, exitCode: number) => {
    if (stopping) return;
    stopping = true;
    log.info({ reason }, 'player stopping');
    setTimeout(() => {
      log.error('the player did not stop in time');
      process.exit(1);
    }, STOP_DEADLINE_MS).unref();
    void service.close().then(
      () => process.exit(exitCode),
      (error: unknown) => {
        log.error({ err: error }, 'the player stopped badly');
        process.exit(1);
      },
    );
  };
  process.once('SIGTERM', () => stop('SIGTERM', 0));
  process.once('SIGINT', () => stop('SIGINT', 0));
  // A bug: its place is unknown, so the process is not to be trusted any further. It ends in order and is started anew.
  process.on('uncaughtException', (error) => {
    log.fatal({ err: error }, 'uncaught exception');
    stop('uncaughtException', 1);
  });
  process.on('unhandledRejection', (error) => {
    log.fatal({ err: error }, 'unhandled rejection');
    stop('unhandledRejection', 1);
  });
}
