import { parentPort, workerData } from 'node:worker_threads';
import { PlayerError } from '@bandstand/protocol';
import { createHttpClient } from '../../audio/bytes/http-client.ts';
import { MediaGateway } from '../../audio/bytes/media-gateway.ts';
import type { Media } from '../../audio/media.ts';
import type { PlainFailure } from '../../audio/thread/messages.ts';
import type { MediaTools } from '../../audio/units/open-media.ts';
import { StartGate } from '../../audio/units/start-gate.ts';
import { ChildProcesses } from '../../subprocess/child-processes.ts';
import { measureMedia } from './measure-media.ts';
import type { FromMeasuring, MeasuringSettings, ToMeasuring } from './messages.ts';

/** The main program of the measuring thread, once its priority is low. */
if (parentPort === null) throw new Error('bug: this file runs on a worker thread');
const port = parentPort;
const settings: MeasuringSettings = workerData;
const { limits } = settings;
let isShuttingDown = false;
const running = new Map<number, { readonly abort: AbortController; readonly done: Promise<void> }>();

const children = await ChildProcesses.open({
  searchPath: settings.searchPath,
  parentFolder: settings.temporaryFolder,
});
const gateway = await MediaGateway.listen();
const client = createHttpClient({ proxyUrl: settings.proxyUrl, timeoutMs: limits.connectTimeoutMs });
const tools: MediaTools = {
  children,
  gateway,
  client,
  ffmpegPath: settings.ffmpegPath,
  memoryBytes: limits.decoderMemoryBytes,
  starts: new StartGate({ slots: 1, maxHoldMs: 1_000 }),
  maxMediaBytes: limits.maxMediaBytes,
  maxTrackMs: limits.maxTrackMs,
};
port.on('message', (message: ToMeasuring) => receive(message));
post({ type: 'started' });

function post(message: FromMeasuring): void {
  port.postMessage(message);
}

function receive(message: ToMeasuring): void {
  switch (message.type) {
    case 'measure': {
      const abort = new AbortController();
      running.set(message.id, { abort, done: measure(message.id, message.media, abort) });
      break;
    }
    case 'cancel':
      running.get(message.id)?.abort.abort(new PlayerError('PLAYER_BUSY', 'nobody waits for it'));
      break;
    case 'shutdown':
      if (!isShuttingDown) void shutDown();
      isShuttingDown = true;
  }
}

async function measure(id: number, media: Media, abort: AbortController): Promise<void> {
  const { deadlineMs } = limits;
  const late = new PlayerError('MEDIA_STALLED', 'measuring took too long', { details: { deadlineMs } });
  const deadline = setTimeout(() => abort.abort(late), deadlineMs);
  try {
    post({ type: 'measured', id, loudness: await measureMedia(media, tools, limits, abort.signal) });
  } catch (error) {
    post({ type: 'failed', id, failure: plainFailure(error) });
  } finally {
    clearTimeout(deadline);
    running.delete(id);
  }
}

/** With nothing left to wait for, the thread ends by itself. */
async function shutDown(): Promise<void> {
  const reason = new PlayerError('PLAYER_SHUTTING_DOWN', 'the measuring thread ends');
  await Promise.all(
    [...running.values()].map(({ abort, done }) => {
      abort.abort(reason);
      return done;
    }),
  );
  await children.close();
  await gateway.close();
  await client.destroy();
  port.close();
}

/** A bug met on one track fails that measurement, not the thread. */
function plainFailure(error: unknown): PlainFailure {
  if (error instanceof PlayerError) {
    const { code, message, details } = error;
    return { code, message, details };
  }
  const stack = error instanceof Error ? error.stack : String(error);
  return { code: 'DECODER_FAILED', message: 'bug: unexpected error while measuring', details: {}, stack };
}
