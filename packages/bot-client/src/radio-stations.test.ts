import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { findStation, parseRadioStations, readRadioStations, searchStations } from './radio-stations.ts';

const TEXT = `
# Ours
Jazz FM = http://radio.example:8000/jazz
  Rock = Roll = https://radio.example/rock.pls?a=b

FIP Jazz = https://radio.example/fip
`;

test('a name and an address a line; a name may hold an equals sign', () => {
  expect(parseRadioStations(TEXT)).toEqual([
    { name: 'Jazz FM', url: 'http://radio.example:8000/jazz' },
    { name: 'Rock = Roll', url: 'https://radio.example/rock.pls?a=b' },
    { name: 'FIP Jazz', url: 'https://radio.example/fip' },
  ]);
});

test('every line that is wrong is named', () => {
  const text = `nonsense\nA = ftp://x\n = http://x/\n${'n'.repeat(101)} = http://x/\nB = http://x/\nb = http://y/\nC = http://x/${'x'.repeat(600)}`;
  const complaints = () => parseRadioStations(text);
  expect(complaints).toThrow(
    /^RADIO_STATIONS: line 1: .*\n.*line 2: .*https\n.*line 3: .*\n.*line 4: .*100.*\n.*line 6: .*twice\n.*line 7: .*500/,
  );
});

test('a file that is not there is a problem', () => {
  const folder = mkdtempSync(join(tmpdir(), 'bandstand-stations-'));
  try {
    expect(() => readRadioStations(join(folder, 'none'))).toThrow('RADIO_STATIONS: cannot be read (ENOENT)');
    writeFileSync(join(folder, 'stations'), TEXT);
    expect(readRadioStations(join(folder, 'stations'))).toHaveLength(3);
  } finally {
    rmSync(folder, { recursive: true });
  }
});

test('names are found however they are written', () => {
  const stations = parseRadioStations(TEXT);
  expect(findStation(stations, ' jazz fm ')?.name).toBe('Jazz FM');
  expect(findStation(stations, 'jazz')).toBeUndefined();
  expect(searchStations(stations, 'jazz').map(({ name }) => name)).toEqual(['Jazz FM', 'FIP Jazz']);
  expect(searchStations(stations, 'jazz fip').map(({ name }) => name)).toEqual(['FIP Jazz']);
  expect(searchStations(stations, '')).toHaveLength(3);
});
