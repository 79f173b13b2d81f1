import type { BenchRow } from './framework/bench-row.ts';
import { commandsRow } from './rows/commands.ts';
import { driftRow } from './rows/drift.ts';
import { firstSoundRow } from './rows/first-sound.ts';
import { passthroughRow } from './rows/passthrough.ts';
import { channelRow, demuxRow, extractionRow, filtersRow } from './rows/scripts.ts';
import { sendRow } from './rows/send.ts';
import { streamsRow } from './rows/streams.ts';
import { transcodeRow } from './rows/transcode.ts';

/** In the order of the document. */
export const ROWS: readonly BenchRow[] = [
  sendRow,
  streamsRow,
  passthroughRow,
  transcodeRow,
  filtersRow,
  demuxRow,
  firstSoundRow,
  extractionRow,
  commandsRow,
  channelRow,
  driftRow,
];
