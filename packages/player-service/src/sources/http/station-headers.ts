import { LIMITS } from '@bandstand/protocol';
import { cleanText } from '../clean-text.ts';

type Headers = Readonly<Record<string, string>>;

/** Icecast, SHOUTcast and their kin say so in every answer. */
export function isStationAnswer(headers: Headers): boolean {
  return Object.keys(headers).some((name) => name.startsWith('icy-') || name === 'ice-audio-info');
}

export function stationName(headers: Headers): string | undefined {
  return headerText(headers['icy-name']);
}

/** `Jazz · 128 kbit/s`, as far as the station tells. */
export function stationLine(headers: Headers): string | undefined {
  const kbps = /^\s*(\d{1,4})\b/.exec(headers['icy-br'] ?? '')?.[1];
  const parts = [headerText(headers['icy-genre']), kbps && `${kbps} kbit/s`].filter(Boolean);
  return parts.length === 0 ? undefined : parts.join(' · ');
}

/** Header values are bytes; stations send UTF-8 in them all the same. */
function headerText(value: string | undefined): string | undefined {
  if (value === undefined) return undefined;
  const utf8 = Buffer.from(value, 'latin1').toString('utf8');
  return cleanText(utf8.includes('\ufffd') ? value : utf8, LIMITS.titleCharacters);
}
