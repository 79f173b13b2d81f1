import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

const PRIORITY = -15;

/**
 * Puts a process ahead of whatever else the machine does, where that is permitted; otherwise the figures are as good as
 * the machine is quiet. The process must lead a session of its own (`detached`): Linux weighs sessions against each other
 * first, and priorities only within one.
 */
export function putAheadOfOthers(pid: number | undefined): void {
  if (pid === undefined) return;
  try {
    setPriority(pid, PRIORITY);
    writeFileSync(`/proc/${pid}/autogroup`, String(PRIORITY));
  } catch {
    // not permitted, or not Linux
  }
}
