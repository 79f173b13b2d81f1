import { readFile } from 'node:fs/promises';
import { PlayerError } from '@bandstand/protocol';
import fc from 'fast-check';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { sha256 } from '../../../test/audio/audio-fixture.ts';
import { MediaFolder } from '../../../test/audio/media-folder.ts';
import { type Faults, MediaServer } from '../../../test/audio/media-server.ts';
import { writeOgg } from '../../../test/audio/ogg-writer.ts';
import { HttpSources, seek } from '../../../test/audio/seek-fixture.ts';
import { WebmDemuxer } from '../demux/webm-demuxer.ts';

let folder: MediaFolder;
let sources: HttpSources;
let server: MediaServer;
let webm: Buffer;
let packets: Buffer[];

beforeAll(async () => {
  folder = await MediaFolder.create();
  sources = new HttpSources();
  const noise = 'anoisesrc=c=pink:d=60:r=48000:a=0.5:seed=7';
  const args = ['-f', 'lavfi', '-i', noise, '-c:a', 'libopus', '-b:a', '96k', '-compression_level', '0'];
  webm = await readFile(await folder.make('a.webm', args));
  packets = [];
  new WebmDemuxer().push(webm, (packet) => packets.push(packet));
}, 60_000);

afterAll(async () => {
  await sources[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

beforeEach(async () => {
  server = await MediaServer.start();
  return () => server[Symbol.asyncDispose]();
});

const FRAME = 2_345;

function seekIn(bytes: Buffer, faults: Faults = {}, frame = FRAME) {
  return seek(sources.bytes(server.serve('/a', bytes, faults)), frame);
}

function expected(frame = FRAME) {
  const hashes = packets.map(sha256);
  return {
    leadIn: hashes.slice(Math.max(0, frame - 4), frame),
    packets: hashes.slice(frame, frame + 60),
    endsAt: undefined,
  };
}

/** Bytes that searching asked for, without what is read from the place that was found. */
function searchedBytes(): number {
  return server.requests.reduce((sum, { headers }) => {
    const [, first, last] = /^bytes=(\d+)-(\d+)$/.exec(headers.range ?? '') ?? [];
    return last === undefined ? sum : sum + Number(last) - Number(first) + 1;
  }, 0);
}

describe('Ogg', () => {
  test.each([1, 2, 7, 100, 255])(
    'packets that go on from page to page stay whole (%d segments)',
    async (n) => {
      const bytes = writeOgg(packets, { segmentsPerPage: n });
      for (const frame of [3, 50, FRAME, FRAME + 1, FRAME + 2, packets.length - 60]) {
        expect(await seekIn(bytes, {}, frame), `frame ${frame}`).toEqual(expected(frame));
      }
    },
  );

  test('positions count from the first packet, wherever the count of its author begins', async () => {
    const bytes = writeOgg(packets, { segmentsPerPage: 50, firstGranule: 123_456_789 });
    expect(await seekIn(bytes)).toEqual(expected());
  });

  test('pages that claim to be later than they are cost reading on, not the position', async () => {
    const lie = (granule: bigint, page: number) => (page < 10 ? granule : 2n ** 62n);
    expect(await seekIn(writeOgg(packets, { segmentsPerPage: 50, lie }))).toEqual(expected());
  });

  test('letters of a page inside a packet lead nowhere', async () => {
    const decoy = packets.map((packet) =>
      Buffer.concat([
        packet.subarray(0, -40),
        writeOgg([], { segmentsPerPage: 1 }).subarray(0, 26),
        Buffer.alloc(14),
      ]),
    );
    const bytes = writeOgg(decoy, { segmentsPerPage: 60 });
    const sought = await seekIn(bytes);
    expect(sought?.packets).toEqual(decoy.slice(FRAME, FRAME + 60).map(sha256));
  });

  const half = () => packets.slice(0, 1_500);
  test.each([
    [
      'a stream that is chained behind',
      () => [writeOgg(half(), { segmentsPerPage: 50 }), writeOgg(half(), { segmentsPerPage: 50, serial: 2 })],
    ],
    [
      'another stream beside it',
      () => [
        writeOgg([], { segmentsPerPage: 1, serial: 2 }).subarray(0, 47),
        writeOgg(packets, { segmentsPerPage: 50 }),
      ],
    ],
    [
      'times that run backwards',
      () => [
        writeOgg(packets, { segmentsPerPage: 50, lie: (granule, page) => (page < 10 ? granule : 48_000n) }),
      ],
    ],
    ['no times', () => [writeOgg(packets, { segmentsPerPage: 50, lie: () => -1n })]],
    [
      'no pages behind the beginning',
      () => [writeOgg(packets, { segmentsPerPage: 50 }).subarray(0, 90_000), Buffer.alloc(600_000)],
    ],
  ] as [string, () => Buffer[]][])('%s: left to ffmpeg, after few bytes', async (_title, make) => {
    expect(await seekIn(Buffer.concat(make()))).toBeUndefined();
    expect(searchedBytes()).toBeLessThan(1_000_000);
    expect(server.requests.length).toBeLessThanOrEqual(22);
  });
});

describe('WebM', () => {
  /** The places that the index names, by another rule. */
  function withCues(change: (position: number, i: number) => number): Buffer {
    const bytes = Buffer.from(webm);
    const cues = bytes.lastIndexOf(Buffer.from('1c53bb6b', 'hex'));
    let i = 0;
    // CueClusterPosition, as ffmpeg writes it: one byte of id, one of size.
    for (let at = bytes.indexOf(0xf1, cues); at !== -1; at = bytes.indexOf(0xf1, at + 1)) {
      const size = (bytes[at + 1] ?? 0) & 0x7f;
      if (size < 1 || size > 6 || bytes[at - 3] !== 0xf7) continue;
      const limit = 2 ** (8 * size) - 1;
      bytes.writeUIntBE(
        Math.min(limit, Math.max(0, change(bytes.readUIntBE(at + 2, size), i++))),
        at + 2,
        size,
      );
    }
    expect(i).toBeGreaterThan(5);
    return bytes;
  }

  test.each([
    ['outside the file', () => 16_000_000],
    ['to no cluster', (position: number) => position + 5],
    ['back to the beginning of the file', () => 0],
    ['to the index itself', () => webm.lastIndexOf(Buffer.from('1c53bb6b', 'hex'))],
  ] as [string, (position: number) => number][])(
    'an index that leads %s is not believed: clusters are searched for',
    async (_title, change) => {
      expect(await seekIn(withCues(change))).toEqual(expected());
      expect(server.requests.length).toBeLessThanOrEqual(12);
    },
  );

  test('an index that names later clusters is noticed by their times', async () => {
    const positions: number[] = [];
    withCues((position) => {
      positions.push(position);
      return position;
    });
    const late = withCues((_position, i) => positions[Math.min(positions.length - 1, i + 4)] ?? 0);
    expect(await seekIn(late, {}, 1_000)).toEqual(expected(1_000));
  });

  test('an index that names earlier clusters costs reading on, not the position', async () => {
    const first = webm.indexOf(Buffer.from('1f43b675', 'hex')) - webm.indexOf(Buffer.from('114d9b74', 'hex'));
    expect(await seekIn(withCues(() => first))).toEqual(expected());
  });

  test('an index that says it is huge is not read', async () => {
    const bytes = Buffer.from(webm);
    const cues = bytes.lastIndexOf(Buffer.from('1c53bb6b', 'hex'));
    Buffer.from('08ffffffffff', 'hex').copy(bytes, cues + 4);
    await seekIn(bytes);
    expect(searchedBytes()).toBeLessThan(1_000_000);
  });

  test('damage leads to packets of the file or to ffmpeg, in few requests', async () => {
    await fc.assert(
      fc.asyncProperty(
        fc.array(fc.tuple(fc.nat(), fc.nat({ max: 255 })), { minLength: 1, maxLength: 40 }),
        fc.boolean(),
        async (places, isHead) => {
          const bytes = Buffer.from(webm);
          for (const [at, value] of places)
            bytes[isHead ? at % 700 : bytes.length - 1 - (at % 1_500)] = value;
          server.requests.length = 0;
          try {
            await seekIn(bytes);
          } catch (error) {
            expect(error).toMatchObject({ code: 'MEDIA_BROKEN' });
            expect(error).toBeInstanceOf(PlayerError);
          }
          expect(server.requests.length).toBeLessThanOrEqual(26);
          expect(searchedBytes()).toBeLessThan(5_000_000);
        },
      ),
      { numRuns: 60 },
    );
  }, 30_000);
});

describe('a server', () => {
  test.each([
    ['that ignores ranges', { withoutRanges: true }],
    ['that tells no length', { withoutRanges: true, withoutLength: true }],
    ['that tells parts of an unknown whole', { withoutTotal: true }],
  ])('%s: the seek is left to ffmpeg, which begins at the beginning', async (_title, faults) => {
    expect(await seekIn(webm, faults)).toBeUndefined();
  });

  test('that sends more than was asked for is cut short', async () => {
    expect(await seekIn(webm, { withoutRangeEnds: true })).toEqual(expected());
  });

  test('that breaks each first connection is asked for the rest', async () => {
    expect(await seekIn(webm, { cut: { afterBytes: 700, times: 1 } })).toEqual(expected());
  });

  test('that refuses midway says so', async () => {
    await expect(seekIn(webm, { status: { code: 403, afterRequests: 1 } })).rejects.toMatchObject({
      code: 'MEDIA_REFUSED',
    });
  });
});
