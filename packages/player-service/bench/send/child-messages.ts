import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { putAheadOfOthers } from '../ahead-of-others.ts';

/** Starts a process of the benchmark that speaks in messages, ahead of whatever else the machine does. */
export function startChild(file: URL, execArgv: readonly string[] = []): ChildProcess {
  const child = fork(file, {
    execArgv: [...execArgv],
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    detached: true,
  });
  child.on('error', () => {}); // a message to one that ended; who waits for its answer hears of the end
  putAheadOfOthers(child.pid);
  return child;
}

/** Ends it of its own accord, so that a profile is written. */
export function endChild(child: ChildProcess): void {
  child.removeAllListeners('message');
  if (child.connected) child.disconnect();
}

/** @throws when the process ends, or says nothing of the kind in time. */
export async function nextMessage<M extends { readonly type: string }>(
  child: ChildProcess,
  type: string,
  deadlineMs: number,
): Promise<M> {
  const ended = new AbortController();
  const onExit = (code: number | null) =>
    ended.abort(new Error(`a process of the benchmark ended with ${code}`));
  child.once('exit', onExit);
  const signal = AbortSignal.any([AbortSignal.timeout(deadlineMs), ended.signal]);
  try {
    for (;;) {
      const [message] = (await once(child, 'message', { signal })) as [M];
      if (message.type === type) return message;
    }
  } catch (error) {
    throw signal.aborted ? signal.reason : error;
  } finally {
    child.off('exit', onExit);
  }
}
