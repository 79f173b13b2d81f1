import { type Command, PlayerError } from '@bandstand/protocol';

/**
 * Whether the command waited longer than its sender allows. To be asked again whenever it waited for something: a
 * command from a stuck queue must not start music a minute later.
 *
 * @param receivedAtMs - Monotonic, as handed to the handler; `nowMs` is from the same clock.
 */
export function isOverdue(command: Pick<Command, 'ttlMs'>, receivedAtMs: number, nowMs: number): boolean {
  return nowMs - receivedAtMs >= command.ttlMs;
}

/** @throws {@link PlayerError} `DEADLINE_EXCEEDED` when {@link isOverdue}. The sender repeats it with the same key if it still waits. */
export function assertInTime(
  command: Pick<Command, 'ttlMs' | 'action'>,
  receivedAtMs: number,
  nowMs: number = performance.now(),
): void {
  if (!isOverdue(command, receivedAtMs, nowMs)) return;
  const waitedMs = Math.round(nowMs - receivedAtMs);
  throw new PlayerError(
    'DEADLINE_EXCEEDED',
    `${command.action} waited ${waitedMs} ms of ${command.ttlMs} ms`,
    {
      details: { waited_ms: waitedMs, ttl_ms: command.ttlMs },
    },
  );
}
