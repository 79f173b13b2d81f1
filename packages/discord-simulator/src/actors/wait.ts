/** How long an actor waits for a bot unless told otherwise; real time, whatever clock the simulator runs on. */
export const PATIENCE_MS = 10_000;

export interface WaitOptions {
  readonly timeoutMs?: number;
}

export interface Wait<T> extends WaitOptions {
  /** For the error: "no … within 10000 ms". */
  readonly what: string;
  /** Calls back whenever the answer may have changed. @returns A function that stops it. */
  readonly subscribe: (changed: () => void) => () => void;
  /** @returns The result once it is there, `undefined` before. @throws when it will never come. */
  readonly look: () => T | undefined;
}

/** Waits for something without polling. */
export function waitFor<T>({ what, subscribe, look, timeoutMs = PATIENCE_MS }: Wait<T>): Promise<T> {
  return new Promise<T>((resolve, reject) => {
    let stop = () => {};
    const timer = setTimeout(() => {
      stop();
      reject(new Error(`no ${what} within ${timeoutMs} ms`));
    }, timeoutMs);
    const settle = (finish: () => void) => {
      clearTimeout(timer);
      stop();
      finish();
    };
    const check = () => {
      try {
        const found = look();
        if (found !== undefined) settle(() => resolve(found));
      } catch (error) {
        settle(() => reject(error));
      }
    };
    stop = subscribe(check);
    check();
  });
}
