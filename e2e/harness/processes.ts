import { readdirSync, readFileSync } from 'node:fs';

/** All living processes below this one, however they were grouped. Linux only, as the whole end-to-end suite. */
export function descendantsOf(pid: number): number[] {
  const children = new Map<number, number[]>();
  for (const name of readdirSync('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const parent = parentOf(Number(name));
    if (parent !== undefined) children.set(parent, [...(children.get(parent) ?? []), Number(name)]);
  }
  const found: number[] = [];
  const look = (parent: number) => {
    for (const child of children.get(parent) ?? []) {
      found.push(child);
      look(child);
    }
  };
  look(pid);
  return found;
}

/** `undefined` when it has ended. */
export function parentOf(pid: number): number | undefined {
  try {
    // "pid (name) state ppid …"; the name may hold anything, so the fields are counted from its closing bracket.
    const stat = readFileSync(`/proc/${pid}/stat`, 'latin1');
    const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
    return state === 'Z' ? undefined : Number(parent);
  } catch {
    return undefined; // it ended meanwhile
  }
}
