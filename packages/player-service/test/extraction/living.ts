import { readFile } from 'node:fs/promises';

/** Whether a process still runs; a zombie that nobody waited for does not. */
export async function isLiving(pid: number): Promise<boolean> {
  const stat = await readFile(`/proc/${pid}/stat`, 'utf8').catch(() => undefined);
  return stat !== undefined && !/^\d+ \(.*\) Z/s.test(stat);
}

export async function livingOf(pids: readonly number[]): Promise<readonly number[]> {
  const living = await Promise.all(pids.map(isLiving));
  return pids.filter((_, index) => living[index]);
}
