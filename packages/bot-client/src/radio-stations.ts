import { readFileSync } from 'node:fs';
import { LIMITS } from '@bandstand/protocol';

/** A station that people may call by its name. */
export interface RadioStation {
  readonly name: string;
  /** Of the stream, or of a list that leads to it. */
  readonly url: string;
}

const MAX_STATIONS = 1_000;
/** The longest suggestion that Discord shows. */
const MAX_NAME_CHARACTERS = 100;

/**
 * Reads the stations an operator chose: one `Name = address` a line; empty lines and those that begin with `#` say nothing.
 *
 * @throws {@link Error} that names every problem, each on a line.
 */
export function readRadioStations(path: string): readonly RadioStation[] {
  let text: string;
  try {
    text = readFileSync(path, 'utf8');
  } catch (error) {
    throw new Error(`RADIO_STATIONS: cannot be read (${(error as NodeJS.ErrnoException).code})`);
  }
  return parseRadioStations(text);
}

/** @throws {@link Error} that names every problem, each on a line. */
export function parseRadioStations(text: string): readonly RadioStation[] {
  const stations = new Map<string, RadioStation>();
  const problems: string[] = [];
  for (const [index, line] of text.split(/\r?\n/).entries()) {
    if (/^\s*(?:#|$)/.test(line)) continue;
    const [, name = '', url = ''] = /^\s*(.*?)\s*=\s*(\S+)\s*$/.exec(line) ?? [];
    const complaint =
      complaintAbout(name, url) ?? (stations.has(keyOf(name)) && 'the name stands there twice');
    if (complaint) problems.push(`RADIO_STATIONS: line ${index + 1}: ${complaint}`);
    stations.set(keyOf(name), { name, url });
  }
  if (stations.size > MAX_STATIONS) problems.push(`RADIO_STATIONS: more than ${MAX_STATIONS} stations`);
  if (problems.length > 0) throw new Error(problems.join('\n'));
  return Object.freeze([...stations.values()]);
}

/** Names are the same however they are written large or small. */
export function findStation(stations: readonly RadioStation[], name: string): RadioStation | undefined {
  return stations.find((station) => keyOf(station.name) === keyOf(name));
}

/** Those whose name holds every word, the ones that begin with them first; all for no words. */
export function searchStations(stations: readonly RadioStation[], words: string): readonly RadioStation[] {
  const wanted = keyOf(words).split(/\s+/);
  const hits = stations.filter(({ name }) => wanted.every((word) => keyOf(name).includes(word)));
  const begins = ({ name }: RadioStation) => keyOf(name).startsWith(keyOf(words));
  return [...hits.filter(begins), ...hits.filter((station) => !begins(station))];
}

function keyOf(name: string): string {
  return name.trim().normalize('NFKC').toLowerCase();
}

function complaintAbout(name: string, url: string): string | undefined {
  if (name === '' || url === '') return 'not "Name = address"';
  if (name.length > MAX_NAME_CHARACTERS) return `a name has at most ${MAX_NAME_CHARACTERS} characters`;
  if (url.length > LIMITS.queryCharacters)
    return `an address has at most ${LIMITS.queryCharacters} characters`;
  return /^https?:$/.test(URL.parse(url)?.protocol ?? '') ? undefined : 'the address is not http or https';
}
