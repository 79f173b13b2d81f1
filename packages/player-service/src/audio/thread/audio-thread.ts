import { platform, setPriority } from 'node:os';
import { performance } from 'node:perf_hooks';
import { parentPort, workerData } from 'node:worker_threads';
import { ChildProcesses } from '../../subprocess/child-processes.ts';
import { createHttpClient } from '../bytes/http-client.ts';
import { MediaGateway } from '../bytes/media-gateway.ts';
import type { MediaTools } from '../units/open-media.ts';
import { StartGate } from '../units/start-gate.ts';
import { EncoderEffort } from './encoder-effort.ts';
import type { FromThread, ThreadSettings, ToThread } from './messages.ts';
import { ThreadPlayback } from './thread-playback.ts';

/** Above ffmpeg, below the thread that sends: what encodes must never make a sent frame late. */
const NICENESS = 5;
/** A decoder that takes longer to begin waits for its source, and does not count any more. */
const MAX_START_MS = 1_000;

/** The main program of an audio thread. An exception that nobody expects ends the thread; the engine then starts another. */
if (parentPort === null) throw new Error('bug: this file is the entry of a worker thread');
const port = parentPort;
const settings: ThreadSettings = workerData;
const playbacks = new Map<number, ThreadPlayback>();
let activity = performance.eventLoopUtilization();
const effort = new EncoderEffort({ complexity: settings.encoder.complexity, takeUtilization });

lowerPriority();
const children = await ChildProcesses.open({
  searchPath: settings.searchPath,
  parentFolder: settings.temporaryFolder,
});
const gateway = await MediaGateway.listen();
const client = createHttpClient({
  proxyUrl: settings.proxyUrl,
  timeoutMs: settings.limits.connectTimeoutMs,
});
const tools: MediaTools = {
  children,
  gateway,
  client,
  ffmpegPath: settings.ffmpegPath,
  memoryBytes: settings.limits.decoderMemoryBytes,
  starts: new StartGate({ slots: settings.limits.decoderStarts, maxHoldMs: MAX_START_MS }),
  maxMediaBytes: settings.limits.maxMediaBytes,
  maxTrackMs: settings.limits.maxTrackMs,
};
port.on('message', (message: ToThread) => receive(message));
post({ type: 'started' });

function post(message: FromThread, transfer: readonly ArrayBuffer[] = []): void {
  port.postMessage(message, [...transfer]);
}

function receive(message: ToThread): void {
  switch (message.type) {
    case 'open': {
      const playback = new ThreadPlayback({ ...message, settings, tools, effort, post });
      playbacks.set(message.id, playback);
      break;
    }
    case 'taken':
      playbacks.get(message.id)?.taken(message.frames);
      break;
    case 'sound':
      playbacks.get(message.id)?.setSound(message);
      break;
    case 'mix':
      playbacks.get(message.id)?.setMix(message, (id) => playbacks.get(id));
      break;
    case 'fade':
      playbacks.get(message.id)?.fade(message);
      break;
    case 'lookAhead':
      playbacks.get(message.id)?.lookAhead(message.frames);
      break;
    case 'close':
      void closePlayback(message.id);
      break;
    case 'beat':
      effort.look();
      post({ type: 'alive', load: { utilization: effort.utilization, complexity: effort.complexity } });
      break;
    case 'shutdown':
      void shutDown();
  }
}

function takeUtilization(): number {
  const before = activity;
  activity = performance.eventLoopUtilization();
  return performance.eventLoopUtilization(activity, before).utilization;
}

async function closePlayback(id: number): Promise<void> {
  const playback = playbacks.get(id);
  playbacks.delete(id);
  await playback?.close();
}

/** With nothing left to wait for, the thread ends by itself. */
async function shutDown(): Promise<void> {
  await Promise.all([...playbacks.keys()].map(closePlayback));
  await children.close();
  await gateway.close();
  await client.destroy();
  port.close();
}

/** On Linux this is the niceness of this thread alone. Elsewhere it would be the whole process, so it is left. */
function lowerPriority(): void {
  if (platform() === 'linux') setPriority(0, NICENESS);
}
