import type { FilterName, FilterPreset, MutedBy } from '@bandstand/protocol';
import type { CommandTexts } from '../command-texts.ts';

export const SOUND_COMMANDS = ['filter', 'normalize', 'crossfade', 'announce'] as const;

/** Everything the bot says about how the music sounds, in one language. */
export interface SoundMessages {
  readonly commands: Readonly<Record<(typeof SOUND_COMMANDS)[number], CommandTexts>>;
  readonly presets: Readonly<Record<FilterPreset, string>>;
  /** Filters whose settings are not spelled out. */
  readonly filters: Readonly<Record<Exclude<FilterName, 'volume' | 'timescale' | 'threeBandEq'>, string>>;
  /** A setting of a filter. */
  readonly volume: (percent: number) => string;
  readonly speed: (factor: number) => string;
  readonly pitch: (factor: number) => string;
  readonly low: (db: number) => string;
  readonly mid: (db: number) => string;
  readonly high: (db: number) => string;
  /** Short, for the panel. */
  readonly crossfade: (seconds: number) => string;
  readonly evenLoudness: string;
  /** Sentences. */
  readonly filtersAre: (filters: string) => string;
  readonly noFilters: string;
  readonly liveKeepsSpeed: string;
  readonly crossfadeIs: (seconds: number) => string;
  readonly noCrossfade: string;
  readonly announced: (title: string) => string;
  /** It takes long. */
  readonly announcing: string;
  /** Somebody ended it before it was heard. */
  readonly notAnnounced: string;
  readonly announcementStopped: string;
  readonly noAnnouncement: string;
  readonly mayNotAnnounce: string;
  readonly normalized: string;
  readonly notNormalized: string;
  /** In place of "now playing". */
  readonly mutedBy: Readonly<Record<MutedBy, string>>;
}

export interface SoundNumbers {
  /** `1.25×` */
  readonly factor: (value: number) => string;
  /** `+6 dB` */
  readonly decibels: (value: number) => string;
  /** `2.5` */
  readonly plain: (value: number) => string;
}

/** Numbers as the language writes them. */
export function soundNumbers(locale: string): SoundNumbers {
  const plain = new Intl.NumberFormat(locale, { maximumFractionDigits: 2 });
  const signed = new Intl.NumberFormat(locale, { maximumFractionDigits: 1, signDisplay: 'exceptZero' });
  return {
    factor: (value) => `${plain.format(value)}×`,
    decibels: (value) => `${signed.format(value)} dB`,
    plain: (value) => plain.format(value),
  };
}
