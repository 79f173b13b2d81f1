import { type FilterName, type Filters, type GuildSnapshot, withoutNeutral } from '@bandstand/protocol';
import type { Messages } from '../locales/messages.ts';

/** Which filters are on. */
export type FiltersOn = Pick<GuildSnapshot, 'filters' | 'preset'>;

/** Everything about the sound but the volume. */
export type SoundOn = FiltersOn & Pick<GuildSnapshot, 'crossfade_ms' | 'normalize'>;

/** "Filters that are on: …", or that none is. */
export function filtersSentence(on: FiltersOn, messages: Messages): string {
  const filters = filtersText(on, messages);
  return filters === '' ? messages.sound.noFilters : messages.sound.filtersAre(filters);
}

/** What differs from the untouched signal, in a line; empty when nothing does. */
export function soundLine(on: SoundOn, messages: Messages): string {
  const { sound } = messages;
  const parts = [
    filtersText(on, messages),
    on.crossfade_ms === 0 ? '' : sound.crossfade(on.crossfade_ms / 1_000),
    on.normalize ? sound.evenLoudness : '',
  ];
  return parts.filter((part) => part !== '').join(' · ');
}

function filtersText({ filters, preset }: FiltersOn, { sound }: Messages): string {
  if (preset !== null && preset !== 'flat') return sound.presets[preset];
  const effective = withoutNeutral(filters);
  return (Object.keys(effective) as FilterName[])
    .flatMap((name) => describe(name, effective, sound))
    .join(', ');
}

function describe(name: FilterName, filters: Filters, sound: Messages['sound']): string[] {
  switch (name) {
    case 'volume':
      return [sound.volume(Math.round((filters.volume ?? 1) * 100))];
    case 'timescale': {
      const { speed = 1, pitch = 1, rate = 1 } = filters.timescale ?? {};
      return [unless(1, speed * rate, sound.speed), unless(1, pitch * rate, sound.pitch)].flat();
    }
    case 'threeBandEq': {
      const { lowDb = 0, midDb = 0, highDb = 0 } = filters.threeBandEq ?? {};
      return [unless(0, lowDb, sound.low), unless(0, midDb, sound.mid), unless(0, highDb, sound.high)].flat();
    }
    default:
      return [sound.filters[name]];
  }
}

function unless(neutral: number, value: number, text: (value: number) => string): string[] {
  return value === neutral ? [] : [text(value)];
}
