import { PlayerError } from '@bandstand/protocol';
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { MAX_PLAYLIST_BYTES, readPlaylist } from './playlist.ts';

const URL_OF_IT = 'https://media.example/a/index.m3u8';

function read(...lines: readonly string[]) {
  return readPlaylist(['#EXTM3U', ...lines].join('\n'), URL_OF_IT);
}

describe('a playlist of media', () => {
  test('has its segments with absolute addresses, lengths, parts, keys and what comes before them', () => {
    const key = '#EXT-X-KEY:METHOD=AES-128,URI="/k",IV=0x000102030405060708090a0b0c0d0e0f';
    const first = [
      '#EXT-X-MAP:URI="i.mp4",BYTERANGE="100@0"',
      '#EXTINF:9.5,',
      '#EXT-X-BYTERANGE:500@100',
      's.m4s',
    ];
    const second = [key, '#EXTINF:4,', 'https://other.example/2.m4s', '#EXT-X-ENDLIST'];
    const map = { url: 'https://media.example/a/i.mp4', range: { offset: 0, length: 100 } };
    expect(read('#EXT-X-TARGETDURATION:10', '#EXT-X-MEDIA-SEQUENCE:7', ...first, ...second)).toMatchObject({
      type: 'media',
      isLive: false,
      targetDurationMs: 10_000,
      durationMs: 13_500,
      segments: [
        { url: 'https://media.example/a/s.m4s', sequence: 7, range: { offset: 100, length: 500 }, map },
        {
          url: 'https://other.example/2.m4s',
          sequence: 8,
          range: undefined,
          key: { url: 'https://media.example/k', iv: Buffer.from('000102030405060708090a0b0c0d0e0f', 'hex') },
        },
      ],
    });
  });

  test('without an end is live, unless it says that it is complete', () => {
    const lines = ['#EXT-X-TARGETDURATION:4', '#EXTINF:4,', 'a.ts'];
    expect(read(...lines)).toMatchObject({ isLive: true });
    expect(read('#EXT-X-PLAYLIST-TYPE:VOD', ...lines)).toMatchObject({ isLive: false });
  });

  test('is read past what has nothing to do with the sound', () => {
    const noise = ['#EXT-X-DATERANGE:nonsense', '# a remark', '#EXT-X-NEW-THING:1', ''];
    expect(read('#EXT-X-TARGETDURATION:4', ...noise, '#EXTINF:4,', ...noise, 'a.ts')).toMatchObject({
      segments: [{ url: 'https://media.example/a/a.ts' }],
    });
  });
});

describe('of several streams is taken', () => {
  const low = ['#EXT-X-STREAM-INF:BANDWIDTH=64000,CODECS="mp4a.40.2"', 'low.m3u8'];
  const high = ['#EXT-X-STREAM-INF:BANDWIDTH=256000,CODECS="mp4a.40.2"', 'high.m3u8'];
  const video = (bandwidth: number, more = '') => [
    `#EXT-X-STREAM-INF:BANDWIDTH=${bandwidth},CODECS="avc1.4d401f,mp4a.40.2",RESOLUTION=640x360${more}`,
    `video-${bandwidth}.m3u8`,
  ];
  const spoken = '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="g",NAME="English",DEFAULT=YES,URI="sound.m3u8"';

  test.each([
    ['the best that is sound alone', [...low, ...video(800_000), ...high], 'high.m3u8'],
    [
      'else the best with a modest picture',
      [...video(6_000_000), ...video(1_200_000), ...video(300_000)],
      'video-1200000.m3u8',
    ],
    ['else the one with the smallest', [...video(9_000_000), ...video(6_000_000)], 'video-6000000.m3u8'],
    [
      'the sound beside the picture, where it is apart',
      [spoken, ...video(800_000, ',AUDIO="g"')],
      'sound.m3u8',
    ],
  ])('%s', (_title, lines, name) => {
    expect(read(...lines)).toEqual({ type: 'master', url: `https://media.example/a/${name}` });
  });
});

describe('hostile text', () => {
  const masses = (line: string) => line.repeat(Math.floor((MAX_PLAYLIST_BYTES - 200) / line.length));

  test.each([
    ['streams', '#EXT-X-STREAM-INF:BANDWIDTH=1\na\n'],
    ['renditions', '#EXT-X-MEDIA:TYPE=AUDIO,GROUP-ID="a",NAME="b",URI="c"\n'],
    ['segments', '#EXTINF:4,\na\n'],
    ['keys', '#EXT-X-KEY:METHOD=AES-128,URI="k"\n'],
    ['dates', '#EXT-X-DATERANGE:ID="a",START-DATE="2020-01-01T00:00:00Z"\n'],
    ['attributes', 'A=1,'],
    ['quotes', 'A="'],
    ['empty lines', '\n'],
  ])('with %s in masses is refused before it costs time', (_what, line) => {
    const startedAtMs = performance.now();
    expect(() => readPlaylist(`#EXTM3U\n#EXT-X-STREAM-INF:${masses(line)}`, URL_OF_IT)).toThrow(PlayerError);
    expect(() => readPlaylist(`#EXTM3U\n${masses(line)}`, URL_OF_IT)).toThrow(PlayerError);
    expect(performance.now() - startedAtMs).toBeLessThan(2_000);
  });

  test('is read or refused with a failure, and leads nowhere but to the web', () => {
    const line = fc.oneof(
      fc.constantFrom(
        '#EXTM3U',
        '#EXT-X-TARGETDURATION:4',
        '#EXTINF:4,',
        '#EXT-X-ENDLIST',
        '#EXT-X-STREAM-INF:BANDWIDTH=1',
        '#EXT-X-BYTERANGE:-5@x',
        '#EXT-X-MAP:URI="file:///etc/passwd"',
        '#EXT-X-KEY:METHOD=AES-128,URI="data:text/plain,x",IV=0x',
        '#EXT-X-MEDIA-SEQUENCE:-1',
        'file:///etc/passwd',
        'concat:a|b',
        'a.ts',
      ),
      fc.string({ unit: 'binary' }),
      fc.webUrl(),
    );
    const check = (lines: readonly string[]): void => {
      try {
        const playlist = readPlaylist(['#EXTM3U', ...lines].join('\n'), URL_OF_IT);
        const urls = playlist.type === 'master' ? [playlist.url] : playlist.segments.map(({ url }) => url);
        for (const url of urls) expect(url).toMatch(/^https?:/);
      } catch (error) {
        expect(error).toBeInstanceOf(PlayerError);
      }
    };
    fc.assert(fc.property(fc.array(line, { maxLength: 12 }), check), { numRuns: 3_000, seed: 8 });
  });
});
