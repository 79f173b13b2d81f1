import type { TrackLoudness } from '../loudness/track-loudness.ts';
import type { RequestOptions, Track } from '../sources/source.ts';
import type { LoudnessOf } from './track-sounds.ts';

/** For tests of the players alone: knows what it was told, measures when the test says so. */
export class ScriptedLoudness implements LoudnessOf {
  /** By identifier. */
  readonly known = new Map<string, TrackLoudness>();
  readonly recalled: string[] = [];
  /** Measurements under way, by identifier. */
  readonly measuring = new Map<string, RequestOptions>();
  readonly #answers = new Map<string, PromiseWithResolvers<TrackLoudness | undefined>>();

  async recall({ identifier }: Track): Promise<TrackLoudness | undefined> {
    this.recalled.push(identifier);
    return this.known.get(identifier);
  }

  async measure({ identifier }: Track, options: RequestOptions): Promise<TrackLoudness | undefined> {
    const known = this.known.get(identifier);
    if (known !== undefined) return known;
    const answer = Promise.withResolvers<TrackLoudness | undefined>();
    this.measuring.set(identifier, options);
    this.#answers.set(identifier, answer);
    options.signal.addEventListener('abort', () => answer.resolve(undefined), { once: true });
    return answer.promise.finally(() => this.measuring.delete(identifier));
  }

  /** Ends a measurement; `undefined` = it could not be measured. */
  finish(identifier: string, integratedLufs: number | undefined): void {
    const loudness =
      integratedLufs === undefined ? undefined : { integratedLufs, truePeakDb: integratedLufs + 6 };
    if (loudness !== undefined) this.known.set(identifier, loudness);
    this.#answers.get(identifier)?.resolve(loudness);
  }
}
