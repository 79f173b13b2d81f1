import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { NoCurve } from '../src/index.ts';

/** A folder that goes away with the test. */
export async function temporaryFolder(): Promise<{ path: string } & AsyncDisposable> {
  const path = await mkdtemp(join(tmpdir(), 'transport-'));
  return { path, [Symbol.asyncDispose]: () => rm(path, { recursive: true, force: true }) };
}

export interface TestAddress extends AsyncDisposable {
  /** To listen on; its `endpoint` property tells where to connect to. */
  readonly endpoint: string;
}

/** Both ways the two services may be joined. */
export const TRANSPORTS = [
  {
    name: 'tcp',
    address: async (): Promise<TestAddress> => ({
      endpoint: 'tcp://127.0.0.1:*',
      [Symbol.asyncDispose]: async () => undefined,
    }),
  },
  {
    name: 'ipc',
    address: async (): Promise<TestAddress> => {
      const folder = await temporaryFolder();
      return {
        endpoint: `ipc://${folder.path}/player.sock`,
        [Symbol.asyncDispose]: () => folder[Symbol.asyncDispose](),
      };
    },
  },
] as const;

export const NO_CURVE: NoCurve = { mechanism: 'none', allowInsecure: false };
