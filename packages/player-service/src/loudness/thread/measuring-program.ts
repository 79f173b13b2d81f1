import { workerData } from 'node:worker_threads';
import { PlayerError } from '@bandstand/protocol';
import { createHttpClient } from '../../audio/bytes/http-client.ts';
import { MediaGateway } from '../../audio/bytes/media-gateway.ts';
import type { Media } from '../../audio/media.ts';
import type { MediaTools } from '../../audio/units/open-media.ts';
import { StartGate } from '../../audio/units/start-gate.ts';
import { ChildProcesses } from '../../subprocess/child-processes.ts';
import { serveJobs } from '../../threads/serve-jobs.ts';
import type { TrackLoudness } from '../track-loudness.ts';
import { measureMedia } from './measure-media.ts';
import type { MeasuringSettings } from './measuring-settings.ts';

/** The main program of the measuring thread, once its priority is low. */
const settings: MeasuringSettings = workerData;
const { limits } = settings;
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
serveJobs({ work: measure, close });

async function measure(media: Media, signal: AbortSignal): Promise<TrackLoudness> {
  const { deadlineMs } = limits;
  const late = new AbortController();
  const failure = new PlayerError('MEDIA_STALLED', 'measuring took too long', { details: { deadlineMs } });
  const deadline = setTimeout(() => late.abort(failure), deadlineMs);
  try {
    return await measureMedia(media, tools, limits, AbortSignal.any([signal, late.signal]));
  } finally {
    clearTimeout(deadline);
  }
}

async function close(): Promise<void> {
  await children.close();
  await gateway.close();
  await client.destroy();
}
