const SETTLE_MS = 10_000;
const LOOK_EVERY_MS = 100;

/** Looks until it is as it should be, or for ten seconds. @returns The last look. */
export async function settled<T>(look: () => T | Promise<T>, isGood: (value: T) => boolean): Promise<T> {
  const untilMs = performance.now() + SETTLE_MS;
  for (;;) {
    const value = await look();
    if (isGood(value) || performance.now() > untilMs) return value;
    await new Promise((resolve) => setTimeout(resolve, LOOK_EVERY_MS));
  }
}
