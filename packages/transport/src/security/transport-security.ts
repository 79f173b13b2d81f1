import { isLocal, parseEndpoint } from '../endpoint.ts';
import { readAllowedKeys } from './allowed-keys.ts';
import { checkPair, readKeyFile } from './key-files.ts';

/** The player's side of CURVE: its own pair and the list of bots it lets in. Files are read again when they change. */
export interface PlayerCurve {
  readonly mechanism: 'curve';
  readonly secretKeyFile: string;
  readonly publicKeyFile: string;
  /** One public key per line, `#` begins a comment. */
  readonly allowedClientKeysFile: string;
}

/** The bot's side of CURVE: its own pair and the player's public key. Files are read again when they change. */
export interface BotCurve {
  readonly mechanism: 'curve';
  readonly secretKeyFile: string;
  readonly publicKeyFile: string;
  readonly serverPublicKeyFile: string;
}

/** No keys: the endpoint must be local unless the operator said `INSECURE_TRANSPORT=1`. */
export interface NoCurve {
  readonly mechanism: 'none';
  readonly allowInsecure: boolean;
}

export type BindSecurity = PlayerCurve | NoCurve;
export type ConnectSecurity = BotCurve | NoCurve;

/** The environment variables that configure the channel's security. */
export const SECURITY_VARIABLES = {
  player: ['CURVE_SECRET_KEY_FILE', 'CURVE_PUBLIC_KEY_FILE', 'CURVE_ALLOWED_CLIENT_KEYS_FILE'],
  bot: ['CURVE_SECRET_KEY_FILE', 'CURVE_PUBLIC_KEY_FILE', 'CURVE_SERVER_PUBLIC_KEY_FILE'],
} as const;

type Environment = Readonly<Record<string, string | undefined>>;

/**
 * Reads the channel's security from the environment and tries every key file once.
 * All three variables of a side are set, or none: half a configuration is a mistake, not "no encryption".
 *
 * @throws {@link Error} naming every variable or file that is wrong, one per line.
 */
export function readTransportSecurity(env: Environment, side: 'player'): BindSecurity;
export function readTransportSecurity(env: Environment, side: 'bot'): ConnectSecurity;
export function readTransportSecurity(
  env: Environment,
  side: 'player' | 'bot',
): BindSecurity | ConnectSecurity {
  const values = SECURITY_VARIABLES[side].map((name) => env[name]?.trim() || undefined);
  const [secretKeyFile, publicKeyFile, peerFile] = values;
  if (values.every((value) => value === undefined)) {
    return Object.freeze({ mechanism: 'none', allowInsecure: readSwitch(env, 'INSECURE_TRANSPORT') });
  }
  if (secretKeyFile === undefined || publicKeyFile === undefined || peerFile === undefined) {
    const missing = SECURITY_VARIABLES[side].filter((_name, index) => values[index] === undefined);
    throw new Error(`CURVE is configured in part: ${missing.join(', ')} must be set too`);
  }
  const problems = [
    problemOf(() => checkPair(secretKeyFile, publicKeyFile)),
    problemOf(() => (side === 'player' ? readAllowedKeys(peerFile) : readKeyFile(peerFile))),
  ].filter((problem) => problem !== undefined);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  const own = { mechanism: 'curve', secretKeyFile, publicKeyFile } as const;
  return Object.freeze(
    side === 'player'
      ? { ...own, allowedClientKeysFile: peerFile }
      : { ...own, serverPublicKeyFile: peerFile },
  );
}

/**
 * @returns The endpoint as it was given.
 * @throws {@link Error} when the endpoint could be reached by, or lead to, another machine without encryption.
 */
export function assertEndpointAllowed(text: string, security: BindSecurity | ConnectSecurity): string {
  const endpoint = parseEndpoint(text);
  if (security.mechanism === 'curve' || security.allowInsecure || isLocal(endpoint)) return text;
  throw new Error(
    `${text} leaves this machine and no CURVE keys are configured: write keys (npm run keys), use a loopback or ipc:// endpoint, or accept an open channel with INSECURE_TRANSPORT=1`,
  );
}

function readSwitch(env: Environment, name: string): boolean {
  const text = env[name]?.trim().toLowerCase() ?? '';
  if (['1', 'true', 'yes'].includes(text)) return true;
  if (['', '0', 'false', 'no'].includes(text)) return false;
  throw new Error(`${name} is ${JSON.stringify(text)}; expected 1 or 0`);
}

function problemOf(read: () => unknown): string | undefined {
  try {
    read();
    return undefined;
  } catch (error) {
    return (error as Error).message;
  }
}
