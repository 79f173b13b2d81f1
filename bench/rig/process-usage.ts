import { readFileSync } from 'node:fs';
import { descendantsOf } from '../../e2e/harness/processes.ts';

/** Linux counts processor time in hundredths of a second. */
const US_PER_TICK = 10_000;
const PAGE_BYTES = 4_096;

export interface ProcessUsage {
  /** User and system time of the process and all below it, also of those that ended. */
  readonly cpuUs: number;
  /** Resident memory of the process alone. */
  readonly rssBytes: number;
}

/** What a process and everything it started used so far. */
export function usageOf(pid: number): ProcessUsage {
  let ticks = 0;
  let rssBytes = 0;
  for (const member of [pid, ...descendantsOf(pid)]) {
    const fields = statOf(member);
    if (fields === undefined) continue;
    // utime, stime, and those of children that were waited for; man 5 proc, counted from the state.
    ticks += fields.slice(11, 15).reduce((sum, field) => sum + Number(field), 0);
    if (member === pid) rssBytes = Number(fields[21]) * PAGE_BYTES;
  }
  return { cpuUs: ticks * US_PER_TICK, rssBytes };
}

function statOf(pid: number): string[] | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    return stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  } catch {
    return undefined; // it ended meanwhile
  }
}
