import * as zmq from 'zeromq';

const OLDEST_LIBZMQ = [4, 3, 5] as const;

/**
 * Refuses to start on a libzmq that this code was not proved with. CURVE must be linked in even when no keys are
 * configured: otherwise the day they are, the process would start without encryption.
 *
 * @throws {@link Error} saying what is missing.
 */
export function assertLibrary(
  version = zmq.version,
  capability: { readonly curve?: boolean } = zmq.capability,
): void {
  const parts = version.split('.').map(Number);
  const differing = OLDEST_LIBZMQ.findIndex((part, index) => parts[index] !== part);
  const isOlder = differing !== -1 && !((parts[differing] ?? 0) > (OLDEST_LIBZMQ[differing] ?? 0));
  if (isOlder) throw new Error(`libzmq ${version} is older than ${OLDEST_LIBZMQ.join('.')}`);
  if (capability.curve !== true) throw new Error(`libzmq ${version} was built without CURVE`);
}
