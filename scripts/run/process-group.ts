import { readdirSync, readFileSync } from 'node:fs';

/**
 * Kills every process of a group.
 *
 * A zombie (ended, and not yet collected by its parent) cannot be killed and does no harm, so on Linux it does not
 * count; elsewhere the two cannot be told apart.
 *
 * @returns true when there was somebody to kill
 */
export function killProcessGroup(groupId: number): boolean {
  const living = livingMembers(groupId);
  try {
    process.kill(-groupId, 'SIGKILL');
    return living?.length !== 0;
  } catch {
    // ESRCH: the group is empty.
    return false;
  }
}

/** @returns undefined where there is no /proc to look into */
function livingMembers(groupId: number): number[] | undefined {
  let names: string[];
  try {
    names = readdirSync('/proc');
  } catch {
    // macOS has no /proc.
    return undefined;
  }
  return names
    .filter((name) => /^\d+$/.test(name))
    .map(Number)
    .filter((pid) => isLivingMember(pid, groupId));
}

/** @see https://man7.org/linux/man-pages/man5/proc_pid_stat.5.html */
function isLivingMember(pid: number, groupId: number): boolean {
  let stat: string;
  try {
    stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
  } catch {
    // It ended while the list was read.
    return false;
  }
  // The second field is the program's name in parentheses and may hold anything, so the rest is read from its end.
  const [state, , group] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
  return Number(group) === groupId && state !== 'Z' && state !== 'X';
}
