import { LIMITS } from '@bandstand/protocol';
import { decoded } from '../../icy/stream-title.ts';
import { cleanText } from '../clean-text.ts';

/** Where a list says that a station is. Absolute, `http` or `https`, and not fetched yet. */
export interface ListedStation {
  readonly url: URL;
  readonly title: string | undefined;
}

export interface ListText {
  readonly bytes: Buffer;
  readonly contentType: string | undefined;
  /** Where it was found, after redirects. */
  readonly url: URL;
}

type Entry = readonly [address: string, title: string | undefined];

/** Stations name two or three servers for the same programme. */
const MAX_ENTRIES = 20;
const MAX_LINE_CHARACTERS = 4_096;
const ENTITIES: Readonly<Record<string, string>> = { amp: '&', lt: '<', gt: '>', quot: '"', apos: "'" };

/**
 * Reads the lists by which stations are handed out: PLS, M3U, ASX and XSPF.
 *
 * @returns The stations it names, the best first; `undefined` when it is no list. HLS, which looks like M3U, is none.
 */
export function readStationList({ bytes, contentType, url }: ListText): readonly ListedStation[] | undefined {
  const text = decoded(bytes)
    .replace(/^\ufeff/, '')
    .trimStart();
  const entries = readEntries(text, contentType ?? '', url);
  if (entries === undefined) return undefined;
  const stations: ListedStation[] = [];
  for (const [address, title] of entries) {
    const station = URL.parse(address.trim(), url.href);
    if (station === null || !/^https?:$/.test(station.protocol)) continue;
    if (station.username !== '' || station.password !== '' || station.href.length > LIMITS.urlCharacters)
      continue;
    station.hash = '';
    stations.push({ url: station, title: cleanText(title, LIMITS.titleCharacters) });
    if (stations.length === MAX_ENTRIES) break;
  }
  return stations;
}

function readEntries(text: string, contentType: string, url: URL): readonly Entry[] | undefined {
  if (/^\[playlist\]/i.test(text)) return numbered(text, 'File', 'Title');
  if (/^\[reference\]/i.test(text)) return numbered(text, 'Ref', 'Title');
  if (/^#EXTM3U\b/.test(text)) return /^#EXT-X-/m.test(text) ? undefined : plainLines(text);
  if (/^<asx\b/i.test(text)) return asx(text);
  if (/^(?:<\?xml[^>]{0,200}\?>\s*)?<playlist\b[^>]{0,500}xspf/i.test(text)) return xspf(text);
  const isNamedList = /mpegurl|pls\+?xml|scpls/i.test(contentType) || /\.(?:m3u8?|ram)$/i.test(url.pathname);
  const isAddresses = /^(?:#|https?:\/\/)/i.test(text) && !text.includes('\0');
  return isNamedList && isAddresses ? plainLines(text) : undefined;
}

/** `File1=…`, `Title1=…`, as in an INI file. */
function numbered(text: string, addressKey: string, titleKey: string): readonly Entry[] {
  const values = new Map<string, string>();
  for (const line of linesOf(text)) {
    const [, key, value] = /^([A-Za-z]{1,16}\d{1,4})\s*=\s*(.*)$/.exec(line) ?? [];
    if (key !== undefined && value !== undefined) values.set(key.toLowerCase(), value);
  }
  const prefix = addressKey.toLowerCase();
  return [...values]
    .filter(([key]) => key.startsWith(prefix))
    .map(([key, address]) => ({ address, number: Number(key.slice(prefix.length)) }))
    .sort((a, b) => a.number - b.number)
    .map(({ address, number }): Entry => [address, values.get(`${titleKey.toLowerCase()}${number}`)]);
}

/** An address on each line; `#EXTINF:-1,Title` says what the next one is. */
function plainLines(text: string): readonly Entry[] {
  const entries: Entry[] = [];
  let title: string | undefined;
  for (const line of linesOf(text)) {
    if (line.startsWith('#')) {
      title = /^#EXTINF:[^,]*,(.*)$/i.exec(line)?.[1] ?? title;
    } else {
      entries.push([line, title]);
      title = undefined;
    }
  }
  return entries;
}

function asx(text: string): readonly Entry[] {
  const addresses = text.matchAll(/<ref\s[^>]{0,64}?href\s*=\s*(?:"([^"]{1,4096})"|'([^']{1,4096})')/gi);
  const title = /<title>([^<]{1,500})</i.exec(text)?.[1];
  return Array.from(
    addresses,
    ([, double, single]): Entry => [withoutEntities(double ?? single ?? ''), title && withoutEntities(title)],
  );
}

function xspf(text: string): readonly Entry[] {
  return text
    .split(/<track\b/i)
    .slice(1)
    .map((track): Entry => {
      const address = /<location>([^<]{1,4096})</i.exec(track)?.[1] ?? '';
      const title = /<title>([^<]{1,500})</i.exec(track)?.[1];
      return [withoutEntities(address), title && withoutEntities(title)];
    });
}

function linesOf(text: string): readonly string[] {
  return text
    .split(/[\r\n]+/)
    .map((line) => line.trim())
    .filter((line) => line !== '' && line.length <= MAX_LINE_CHARACTERS);
}

function withoutEntities(text: string): string {
  return text.replace(/&(amp|lt|gt|quot|apos);/g, (_whole, name: string) => ENTITIES[name] ?? '');
}
