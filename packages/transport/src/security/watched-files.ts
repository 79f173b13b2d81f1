import { stat } from 'node:fs/promises';
import type { Cancel, Clock } from '../clock.ts';

const INTERVAL_MS = 1_000;

/**
 * Tells when files changed, by looking each second. Polling, because mounted secrets change by swapping a
 * symbolic link several folders up, which file-system events of the file itself do not show.
 */
export class WatchedFiles {
  readonly #files: readonly string[];
  readonly #clock: Clock;
  readonly #onChange: () => void;
  #stamp: string | undefined;
  #cancel: Cancel | undefined;
  #closed = false;

  constructor(files: readonly string[], clock: Clock, onChange: () => void) {
    this.#files = files;
    this.#clock = clock;
    this.#onChange = onChange;
    void this.#look();
  }

  close(): void {
    this.#closed = true;
    this.#cancel?.();
  }

  async #look(): Promise<void> {
    const stamps = await Promise.all(this.#files.map(stampOf));
    if (this.#closed) return;
    const stamp = stamps.join('|');
    const changed = this.#stamp !== undefined && this.#stamp !== stamp;
    this.#stamp = stamp;
    this.#cancel = this.#clock.schedule(INTERVAL_MS, () => void this.#look());
    if (changed) this.#onChange();
  }
}

async function stampOf(file: string): Promise<string> {
  try {
    const { ino, size, mtimeMs, ctimeMs } = await stat(file);
    return `${ino}:${size}:${mtimeMs}:${ctimeMs}`;
  } catch (error) {
    return String((error as NodeJS.ErrnoException).code); // absent is a state like any other
  }
}
