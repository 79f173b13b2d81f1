import { execFileSync } from 'node:child_process';
import { writeFileSync } from 'node:fs';
import { setPriority } from 'node:os';

const PRIORITY = -15;

/**
 * Puts a process ahead of whatever else the machine does, where that is permitted; otherwise the figures are as good as
 * the machine is quiet. The process must lead a session of its own (`detached`): Linux weighs sessions against each other
 * first, and priorities only within one.
 */
export function putAheadOfOthers(pid: number | undefined): void {
  attempt(() => {
    if (pid === undefined) return;
    setPriority(pid, PRIORITY);
    writeFileSync(`/proc/${pid}/autogroup`, String(PRIORITY));
  });
}

/**
 * Lets a process run whenever it wants to, as if the machine were its own. For one that sends or counts and does nothing
 * else: what it starts inherits that.
 */
export function runAsIfAlone(pid: number | undefined): void {
  attempt(() => {
    if (pid === undefined) return;
    execFileSync('chrt', ['--all-tasks', '--fifo', '--pid', '1', String(pid)], { stdio: 'ignore' });
  });
}

function attempt(ask: () => void): void {
  try {
    ask();
  } catch {
    // not permitted, or not Linux
  }
}
