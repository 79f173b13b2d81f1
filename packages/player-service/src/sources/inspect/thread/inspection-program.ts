import { platform, setPriority } from 'node:os';
import { workerData } from 'node:worker_threads';
import { ChildProcesses } from '../../../subprocess/child-processes.ts';
import { serveJobs } from '../../../threads/serve-jobs.ts';
import { Ffprobe } from '../ffprobe.ts';
import type { MediaDescription } from '../media-probe.ts';
import type { InspectionJob, InspectionSettings } from './inspection-messages.ts';

/** Below the thread that sends, above those that encode: a person waits for the title. Children are below that. */
const NICENESS = 2;

/** The main program of the inspection thread. */
const settings: InspectionSettings = workerData;
// On Linux this is the niceness of this thread alone. Elsewhere it would be the whole process, so it is left.
if (platform() === 'linux') setPriority(0, NICENESS);
const children = await ChildProcesses.open({
  searchPath: settings.searchPath,
  parentFolder: settings.temporaryFolder,
});
const probe = new Ffprobe({ children, program: settings.ffprobe, proxyUrl: settings.proxyUrl });
serveJobs({ work: describe, close: () => children.close() });

function describe({ kind, address }: InspectionJob, signal: AbortSignal): Promise<MediaDescription> {
  return kind === 'url' ? probe.describeUrl(address, signal) : probe.describeFile(address, signal);
}
