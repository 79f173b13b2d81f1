import { describe, expect, test } from 'vitest';
import { file, sha256, take } from '../../test/audio/audio-fixture.ts';
import { audioSuite } from '../../test/audio/audio-suite.ts';
import { packetHashes } from '../../test/audio/media-folder.ts';

const suite = audioSuite();

const OPUS = ['-c:a', 'libopus', '-b:a', '96k'];

describe('an Opus source at 100 %', () => {
  test.each([
    ['WebM', 'a.webm', OPUS],
    ['live WebM without sizes', 'live.webm', [...OPUS, '-f', 'webm', '-live', '1']],
    ['Matroska', 'a.mkv', OPUS],
    ['Ogg', 'a.ogg', OPUS],
    ['Ogg with packets across pages', 'pages.ogg', [...OPUS, '-b:a', '256k', '-page_duration', '5000000']],
    ['mono Ogg', 'mono.ogg', ['-ac', '1', '-c:a', 'libopus']],
    [
      'speech at 16 kHz',
      'speech.ogg',
      ['-ac', '1', '-ar', '16000', '-c:a', 'libopus', '-application', 'voip', '-b:a', '16k'],
    ],
  ])('%s is delivered packet for packet as another reader finds it', async (_title, name, args) => {
    const path = await suite.folder.tone(name, args);
    const playback = await suite.audio.open(file(path, { durationMs: 4_000 }));
    const frames = await take(playback);
    await playback.close();

    expect(playback.route).toBe('passthrough');
    expect(playback.failure).toBeUndefined();
    expect(frames.map(sha256)).toEqual(await packetHashes(path));
    expect(playback.framesTaken).toBe(frames.length);
    expect(playback.positionMs).toBe(frames.length * 20);
  });

  test('a WebM that begins with its video still gives its sound', async () => {
    const path = await suite.folder.tone('video.webm', [
      ...['-f', 'lavfi', '-i', 'testsrc=duration=4:size=64x64:rate=10'],
      ...['-map', '1:v', '-map', '0:a', '-c:v', 'libvpx', ...OPUS],
    ]);
    const playback = await suite.audio.open(file(path));
    expect((await take(playback)).map(sha256)).toEqual(await packetHashes(path));
    await playback.close();
  });
});

describe('Opus that cannot be sent as it is', () => {
  test.each(['2.5', '5', '10', '40', '60'])(
    'packets of %s ms are cut anew into frames of 20 ms',
    async (duration) => {
      const path = await suite.folder.tone(`d${duration}.ogg`, [...OPUS, '-frame_duration', duration]);
      const playback = await suite.audio.open(file(path, { durationMs: 4_000 }));
      const frames = await take(playback);
      await playback.close();
      expect(playback.status).toBe('ended');
      // The encoder pads the end to whole packets of its own.
      expect(frames.length).toBeGreaterThanOrEqual(200);
      expect(frames.length).toBeLessThanOrEqual(204);
    },
  );

  test('a stream that holds more than stereo goes through the decoder', async () => {
    const path = await suite.folder.make('surround.ogg', [
      ...['-f', 'lavfi', '-i', 'aevalsrc=0.2*sin(2*PI*440*t)|0|0|0|0|0:c=5.1:d=2:s=48000'],
      ...['-c:a', 'libopus', '-mapping_family', '1'],
    ]);
    const playback = await suite.audio.open(file(path, { durationMs: 2_000 }));
    const frames = await take(playback);
    await playback.close();
    expect(playback.route).toBe('transcode');
    expect(frames.length).toBeGreaterThanOrEqual(100);
  });

  test('silence that the encoder left out takes its time all the same', async () => {
    const path = await suite.folder.make('dtx.webm', [
      ...['-f', 'lavfi', '-i', 'aevalsrc=0.3*sin(2*PI*300*t)*(lt(t\\,1)+gt(t\\,3)):d=4:s=16000', '-ac', '1'],
      ...['-c:a', 'libopus', '-application', 'voip', '-b:a', '16k', '-dtx', '1'],
    ]);
    const playback = await suite.audio.open(file(path, { durationMs: 4_000 }));
    const frames = await take(playback);
    await playback.close();
    expect(playback.status).toBe('ended');
    expect(Math.abs(frames.length - 200)).toBeLessThanOrEqual(2);
  });
});
