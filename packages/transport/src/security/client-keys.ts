import type { Clock } from '../clock.ts';
import type { OnProblem } from '../problem.ts';
import { checkPair, readKeyFile } from './key-files.ts';
import type { ConnectSecurity } from './transport-security.ts';
import { WatchedFiles } from './watched-files.ts';

/** What a connecting socket is built with. */
export interface ClientKeyOptions {
  readonly curveServerKey?: string;
  readonly curvePublicKey?: string;
  readonly curveSecretKey?: string;
}

export interface ClientKeysOptions {
  readonly security: ConnectSecurity;
  readonly clock: Clock;
  readonly onProblem: OnProblem;
  /** The keys are other ones now: sockets that have the old ones should be replaced. */
  readonly onChange: () => void;
}

/**
 * The bot's keys as they are on disk, so that a rotation needs no restart. Files that do not fit together are reported, and the
 * last good keys stay in use.
 */
export class ClientKeys {
  readonly #options: ClientKeysOptions;
  readonly #watch: WatchedFiles | undefined;
  #current: ClientKeyOptions;

  /** @throws {@link Error} when a key file is wrong. */
  constructor(options: ClientKeysOptions) {
    const { security, clock } = options;
    this.#options = options;
    this.#current = readClientKeys(security);
    if (security.mechanism === 'none') return;
    const files = [security.secretKeyFile, security.publicKeyFile, security.serverPublicKeyFile];
    this.#watch = new WatchedFiles(files, clock, () => this.#reload());
  }

  get current(): ClientKeyOptions {
    return this.#current;
  }

  close(): void {
    this.#watch?.close();
  }

  #reload(): void {
    try {
      this.#current = readClientKeys(this.#options.security);
    } catch (cause) {
      const message = `key files changed and are not used: ${(cause as Error).message}`;
      this.#options.onProblem({ kind: 'key-files', message, cause });
      return;
    }
    this.#options.onChange();
  }
}

function readClientKeys(security: ConnectSecurity): ClientKeyOptions {
  if (security.mechanism === 'none') return {};
  const { publicKey, secretKey } = checkPair(security.secretKeyFile, security.publicKeyFile);
  const curveServerKey = readKeyFile(security.serverPublicKeyFile);
  return { curveServerKey, curvePublicKey: publicKey, curveSecretKey: secretKey };
}
