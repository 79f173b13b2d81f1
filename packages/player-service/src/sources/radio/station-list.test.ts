import { expect, test } from 'vitest';
import { readStationList } from './station-list.ts';

const URL_OF_LIST = new URL('http://radio.example/lists/listen');

function read(text: string | Buffer, { contentType = 'text/plain', url = URL_OF_LIST } = {}) {
  const stations = readStationList({ bytes: Buffer.from(text), contentType, url });
  return stations?.map((station) => [station.url.href, station.title]);
}

test('PLS: by number, whatever the order of the lines', () => {
  const text =
    '[playlist]\r\nNumberOfEntries=2\r\nFile2=http://b.example/\r\nTitle2=Second\r\nfile1 = http://a.example:8000/;\r\nTitle1=Jazz FM\r\nLength1=-1\r\nVersion=2\r\n';
  expect(read(text)).toEqual([
    ['http://a.example:8000/;', 'Jazz FM'],
    ['http://b.example/', 'Second'],
  ]);
});

test('M3U: titles, comments, addresses that are relative to the list', () => {
  const text = '#EXTM3U\n#EXTINF:-1,Jazz\n/jazz.mp3\n# a comment\n\nhttps://b.example/rock\n';
  expect(read(text)).toEqual([
    ['http://radio.example/jazz.mp3', 'Jazz'],
    ['https://b.example/rock', undefined],
  ]);
});

test('an M3U of addresses alone is one by its name or its type, and not without', () => {
  const text = 'http://a.example/\nhttp://b.example/\n';
  const both = [
    ['http://a.example/', undefined],
    ['http://b.example/', undefined],
  ];
  expect(read(text, { contentType: 'audio/x-mpegurl' })).toEqual(both);
  expect(read(text, { url: new URL('http://radio.example/listen.M3U?x=1') })).toEqual(both);
  expect(read(text)).toBeUndefined();
});

test('ASX, in both its ways', () => {
  const text =
    '<ASX version="3.0"><TITLE>Jazz &amp; Blues</TITLE><Entry><REF HREF="http://a.example/?x=1&amp;y=2"/></Entry><entry><ref href=\'http://b.example/\'/></entry></ASX>';
  expect(read(text)).toEqual([
    ['http://a.example/?x=1&y=2', 'Jazz & Blues'],
    ['http://b.example/', 'Jazz & Blues'],
  ]);
  expect(read('[Reference]\nRef1=http://a.example/\n')).toEqual([['http://a.example/', undefined]]);
});

test('XSPF', () => {
  const text =
    '<?xml version="1.0" encoding="UTF-8"?>\n<playlist version="1" xmlns="http://xspf.org/ns/0/"><trackList><track><location>http://a.example/</location><title>Jazz</title></track><track><location>http://b.example/</location></track></trackList></playlist>';
  expect(read(text)).toEqual([
    ['http://a.example/', 'Jazz'],
    ['http://b.example/', undefined],
  ]);
});

test('titles that are not UTF-8 are Latin-1', () => {
  expect(read(Buffer.from('[playlist]\nFile1=http://a.example/\nTitle1=Caf\xe9', 'latin1'))).toEqual([
    ['http://a.example/', 'Café'],
  ]);
});

test.each([
  'file:///etc/passwd',
  'mms://a.example/',
  'javascript:alert(1)',
  'http://user:password@a.example/',
  `http://a.example/${'x'.repeat(3_000)}`,
  'http://',
])('%s is passed over', (address) => {
  expect(read(`[playlist]\nFile1=${address}\nFile2=http://b.example/`)).toEqual([
    ['http://b.example/', undefined],
  ]);
});

test('no more than the first twenty stations are read', () => {
  const lines = Array.from({ length: 5_000 }, (_, index) => `http://a.example/${index}`);
  const stations = read(`#EXTM3U\n${lines.join('\n')}`);
  expect(stations).toHaveLength(20);
  expect(stations?.[0]).toEqual(['http://a.example/0', undefined]);
});

test.each([
  '#EXTM3U\n#EXT-X-TARGETDURATION:6\n#EXTINF:6,\n0.ts\n',
  '#EXTM3U\n#EXT-X-STREAM-INF:BANDWIDTH=1\na.m3u8\n',
  '<!doctype html><html><playlist></html>',
  'ID3\u0003',
  '',
  '{"playlist":[]}',
])('%j is no list', (text) => {
  expect(read(text, { contentType: 'audio/x-mpegurl' })).toBeUndefined();
});

test('hostile markup takes no time', () => {
  const startedAtMs = performance.now();
  for (const text of [`<asx>${'<ref '.repeat(13_000)}`, `<playlist xspf ${'<track'.repeat(10_000)}`])
    read(text);
  expect(performance.now() - startedAtMs).toBeLessThan(1_000);
});
