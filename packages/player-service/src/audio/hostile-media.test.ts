import { readFile } from 'node:fs/promises';
import { crc32, deflateSync } from 'node:zlib';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { AudioFixture, ffmpegChildren, file, http, never, take } from '../../test/audio/audio-fixture.ts';
import { MediaFolder } from '../../test/audio/media-folder.ts';
import { MediaServer } from '../../test/audio/media-server.ts';
import { PLAIN_SOUND } from './sound.ts';

let folder: MediaFolder;
let audio: AudioFixture;

beforeAll(async () => {
  folder = await MediaFolder.create();
  audio = await AudioFixture.start({ limits: { maxTrackMs: 60_000 } });
}, 30_000);

afterAll(async () => {
  await audio[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** How the media fails, on opening or while its frames are taken. */
async function failureOf(path: string, traits = {}): Promise<unknown> {
  try {
    const playback = await audio.open(file(path, traits));
    await take(playback);
    await playback.close();
    return playback.failure ?? playback.status;
  } catch (error) {
    return error;
  }
}

describe('what is no audio', () => {
  test.each([
    [
      'an HTML page called .mp3',
      'page.mp3',
      '<!doctype html><html><body>Not found</body></html>',
      'MEDIA_UNSUPPORTED',
    ],
    [
      'an HLS playlist',
      'list.mp3',
      '#EXTM3U\n#EXT-X-TARGETDURATION:1\n#EXTINF:1,\nlist.mp3\n',
      'MEDIA_UNSUPPORTED',
    ],
    ['a concat script', 'c.mp3', "ffconcat version 1.0\nfile '/etc/passwd'\n", 'MEDIA_UNSUPPORTED'],
    ['JSON', 'j.webm', '{"error":"expired"}', 'MEDIA_UNSUPPORTED'],
    ['nothing but zeros', 'zeros.mp3', Buffer.alloc(300_000), 'MEDIA_UNSUPPORTED'],
    ['an empty file', 'empty.mp3', '', 'MEDIA_BROKEN'],
    ['a picture', 'p.webm', Buffer.from('89504e470d0a1a0a0000000d49484452', 'hex'), 'MEDIA_UNSUPPORTED'],
    [
      'an ID3 tag with nothing behind it',
      'tag.mp3',
      Buffer.concat([Buffer.from('ID3\x04\0\0\0\0\x7f\x7f', 'latin1'), Buffer.alloc(50_000)]),
      'MEDIA_UNSUPPORTED',
    ],
    [
      'a WebM header and noise',
      'noise.webm',
      Buffer.concat([Buffer.from('1a45dfa3', 'hex'), Buffer.alloc(9_000, 0x7a)]),
      'MEDIA_UNSUPPORTED',
    ],
    [
      'an Ogg page that promises and does not keep',
      'o.ogg',
      Buffer.concat([Buffer.from('OggS\0\x02'), Buffer.alloc(4_000, 0x33)]),
      'MEDIA_UNSUPPORTED',
    ],
  ])('%s ends in %s', async (_title, name, content, code) => {
    expect(await failureOf(await folder.write(name, content))).toMatchObject({ code });
  });

  test('a video without sound is unsupported', async () => {
    const path = await folder.make('mute.mp4', [
      '-f',
      'lavfi',
      '-i',
      'testsrc=duration=1:size=64x64',
      '-c:v',
      'libx264',
    ]);
    expect(await failureOf(path)).toMatchObject({ code: 'MEDIA_UNSUPPORTED' });
  });

  test('a codec that is not allowed is unsupported although ffmpeg knows it', async () => {
    const path = await folder.tone('a.mka', ['-c:a', 'ac3', '-f', 'matroska']);
    expect(await failureOf(path)).toMatchObject({ code: 'MEDIA_UNSUPPORTED' });
  });

  test('a folder or an absent file is not found', async () => {
    expect(await failureOf(folder.path)).toMatchObject({ code: 'FILE_NOT_FOUND' });
    expect(await failureOf(`${folder.path}/absent.mp3`)).toMatchObject({ code: 'FILE_NOT_FOUND' });
  });
});

describe('a damaged track', () => {
  test.each([
    ['WebM', 'cut.webm', ['-c:a', 'libopus']],
    ['MP3', 'cut.mp3', []],
    ['FLAC', 'cut.flac', []],
  ])('a truncated %s plays what is there and is then cut, not ended', async (_title, name, args) => {
    const whole = await readFile(await folder.tone(`whole-${name}`, args, { seconds: 10 }));
    const path = await folder.write(name, whole.subarray(0, whole.length * 0.4));
    const playback = await audio.open(file(path, { durationMs: 10_000 }));
    const frames = await take(playback);
    expect(frames.length).toBeGreaterThan(150);
    expect(frames.length).toBeLessThan(250);
    expect(playback.failure?.code).toMatch(/^MEDIA_(CUT|BROKEN)$/);
    await playback.close();
  });

  test('a truncated WebM is known by its own length when the source states none', async () => {
    const whole = await readFile(await folder.tone('own.webm', ['-c:a', 'libopus'], { seconds: 10 }));
    const path = await folder.write('own-cut.webm', whole.subarray(0, whole.length * 0.4));
    expect(await failureOf(path)).toMatchObject({ code: 'MEDIA_CUT' });
  });

  test('a truncated MP4 whose index is missing is unsupported', async () => {
    const whole = await readFile(await folder.tone('index.m4a', ['-c:a', 'aac']));
    const path = await folder.write('no-index.m4a', whole.subarray(0, whole.length * 0.5));
    expect(await failureOf(path)).toMatchObject({ code: 'MEDIA_UNSUPPORTED' });
  });

  test('an end within the tolerance is an end', async () => {
    const path = await folder.tone('short.webm', ['-c:a', 'libopus'], { seconds: 4 });
    expect(await failureOf(path, { durationMs: 5_900 })).toBe('ended');
    expect(await failureOf(path, { durationMs: 6_200 })).toMatchObject({ code: 'MEDIA_CUT' });
  });

  test('a WAV whose header claims 4 GiB is cut where its bytes end', async () => {
    const bytes = await readFile(await folder.tone('lie.wav', [], { seconds: 4 }));
    bytes.writeUInt32LE(0xfffffff0, bytes.indexOf('data') + 4);
    bytes.writeUInt32LE(0xfffffff0, 4);
    const path = await folder.write('lied.wav', bytes);
    expect(await failureOf(path, { durationMs: 60_000 })).toMatchObject({ code: 'MEDIA_CUT' });
  });

  test('a Matroska element that claims gigabytes is refused at once', async () => {
    const bytes = await readFile(await folder.tone('big.webm', ['-c:a', 'libopus'], { seconds: 4 }));
    const blockAt = bytes.indexOf(
      Buffer.from('a3', 'hex'),
      bytes.indexOf(Buffer.from('1f43b675', 'hex')) + 8,
    );
    const huge = Buffer.concat([
      bytes.subarray(0, blockAt + 1),
      Buffer.from('0100000100000000', 'hex'),
      bytes.subarray(blockAt + 3),
    ]);
    expect(await failureOf(await folder.write('huge.webm', huge))).toMatchObject({ code: 'MEDIA_BROKEN' });
  });

  test('whatever bytes are damaged, a track ends in a known way and the engine goes on', {
    timeout: 60_000,
  }, async () => {
    const originals = await Promise.all(
      [['m.webm', '-c:a', 'libopus'], ['m.ogg', '-c:a', 'libopus'], ['m.mp3'], ['m.m4a', '-c:a', 'aac']].map(
        async ([name = '', ...args]) => readFile(await folder.tone(name, args, { seconds: 1 })),
      ),
    );
    const damages = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 0, max: 255 })), {
      minLength: 1,
      maxLength: 60,
    });
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 0, max: originals.length - 1 }), damages, async (which, places) => {
        const bytes = Buffer.from(originals[which] ?? '');
        for (const [at, value] of places) bytes[at % bytes.length] = value;
        const outcome = await failureOf(await folder.write('damaged', bytes));
        if (outcome === 'ended') return;
        expect((outcome as { code: string }).code).toMatch(/^MEDIA_(UNSUPPORTED|BROKEN|CUT)$/);
      }),
      { numRuns: 60, seed: 7 },
    );
    expect(audio.engine.size).toBe(0);
  });
});

describe('media made to exhaust', () => {
  test('cover art of 20,000 x 20,000 pixels is not decoded, and the sound is whole', async () => {
    const mp3 = await readFile(await folder.tone('plain.mp3', ['-write_xing', '0'], { seconds: 4 }));
    const path = await folder.write('bomb.mp3', Buffer.concat([id3WithPicture(hugePng(20_000)), mp3]));
    const playback = await audio.open(file(path, { durationMs: 4_000 }));
    await playback.ready(50);
    const [child] = await ffmpegChildren();
    const status = await readFile(`/proc/${child}/status`, 'utf8');
    const peakKb = Number(/VmHWM:\s+(\d+) kB/.exec(status)?.[1]);
    expect(peakKb).toBeLessThan(120 * 1024);
    expect(Math.abs((await take(playback)).length - 200)).toBeLessThanOrEqual(3);
    await playback.close();
  });

  test('a track longer than allowed is stopped at the limit, passthrough or not', async () => {
    for (const [name, args] of [
      ['long.webm', ['-c:a', 'libopus', '-b:a', '16k']],
      ['long.mp3', ['-b:a', '32k']],
    ] as const) {
      const path = await folder.tone(name, args, { seconds: 70 });
      expect(await failureOf(path)).toMatchObject({ code: 'TRACK_TOO_LONG' });
    }
  });

  test('a live track has no limit', async () => {
    const path = await folder.tone('long-live.webm', ['-c:a', 'libopus', '-b:a', '16k'], { seconds: 70 });
    expect(await failureOf(path, { isLive: true })).toBe('ended');
  });
});

test('ffmpeg reads no file and no other address, whatever the media says', async () => {
  await using server = await MediaServer.start();
  await using canary = await MediaServer.start();
  const playlist = `#EXTM3U\n#EXTINF:1,\nhttp://127.0.0.1:${canary.port}/secret\nfile:///etc/passwd\n`;
  // Binary noise in front defeats the look for text, so that ffmpeg itself has to refuse.
  for (const bytes of [
    Buffer.from(playlist),
    Buffer.concat([Buffer.from([0, 1, 2]), Buffer.from(playlist)]),
  ]) {
    const url = server.serve('/a.mp3', bytes, { contentType: 'audio/mpeg' });
    const opening = audio.engine.open(http(url), { startAtMs: 0, sound: PLAIN_SOUND, signal: never() });
    const ended = opening.then(async (playback) => {
      await take(playback);
      await playback.close();
      throw playback.failure;
    });
    await expect(ended).rejects.toMatchObject({ code: 'MEDIA_UNSUPPORTED' });
  }
  expect(canary.requests).toEqual([]);
});

/** A PNG of one colour: small on the wire, gigabytes once decoded. */
function hugePng(side: number): Buffer {
  const header = Buffer.alloc(13);
  header.writeUInt32BE(side, 0);
  header.writeUInt32BE(side, 4);
  header.set([8, 6, 0, 0, 0], 8);
  const pixels = deflateSync(Buffer.alloc(4 * 1024 * 1024));
  return Buffer.concat([
    Buffer.from('89504e470d0a1a0a', 'hex'),
    pngChunk('IHDR', header),
    pngChunk('IDAT', pixels),
    pngChunk('IEND', Buffer.alloc(0)),
  ]);
}

function pngChunk(type: string, content: Buffer): Buffer {
  const typed = Buffer.concat([Buffer.from(type, 'latin1'), content]);
  const chunk = Buffer.alloc(8 + typed.length);
  chunk.writeUInt32BE(content.length, 0);
  chunk.set(typed, 4);
  chunk.writeUInt32BE(crc32(typed), 4 + typed.length);
  return chunk;
}

function id3WithPicture(picture: Buffer): Buffer {
  const content = Buffer.concat([Buffer.from('\0image/png\0\x03\0', 'latin1'), picture]);
  const frame = Buffer.concat([Buffer.from('APIC'), syncsafe(content.length), Buffer.alloc(2), content]);
  return Buffer.concat([Buffer.from('ID3\x04\0\0', 'latin1'), syncsafe(frame.length), frame]);
}

function syncsafe(value: number): Buffer {
  return Buffer.from([21, 14, 7, 0].map((shift) => (value >> shift) & 0x7f));
}
