import type { BenchRow } from './framework/bench-row.ts';
import { passthroughRow } from './rows/passthrough.ts';
import { sendRow } from './rows/send.ts';
import { streamsRow } from './rows/streams.ts';

/** In the order of the document. */
export const ROWS: readonly BenchRow[] = [sendRow, streamsRow, passthroughRow];
