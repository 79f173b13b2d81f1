import { pitchHz, rmsDb, toneLevelDb } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { between, file, hear, take } from '../../test/audio/audio-fixture.ts';
import { audioSuite } from '../../test/audio/audio-suite.ts';

const suite = audioSuite();

/** The sine of the test media has its peak here. */
const LEVEL_DB = 20 * Math.log10(0.251);

test.each([
  ['mono MP3 at 44.1 kHz', 'a.mp3', [], 44_100, 1],
  ['stereo AAC in MP4, index at the end', 'end.m4a', ['-c:a', 'aac'], 44_100],
  ['stereo AAC in MP4, index in front', 'front.m4a', ['-c:a', 'aac', '-movflags', 'faststart'], 48_000],
  ['AAC in ADTS', 'a.aac', ['-c:a', 'aac'], 44_100],
  ['FLAC', 'a.flac', [], 48_000],
  ['24-bit FLAC at 96 kHz', 'hires.flac', ['-sample_fmt', 's32'], 96_000],
  ['WAV', 'a.wav', [], 48_000],
  ['24-bit WAV', 'b.wav', ['-c:a', 'pcm_s24le'], 48_000],
  ['WAV at 8 kHz', 'phone.wav', [], 8_000, 1],
  ['Vorbis in Ogg', 'vorbis.ogg', ['-c:a', 'libvorbis'], 44_100],
  ['Vorbis in WebM', 'vorbis.webm', ['-c:a', 'libvorbis'], 44_100],
] as [string, string, string[], number, number?][])(
  '%s keeps pitch, loudness and length',
  async (_title, name, args, rateHz, channels = 2) => {
    const path = await suite.folder.tone(name, args, { rateHz, channels });
    const playback = await suite.audio.open(file(path, { durationMs: 4_000 }));
    const frames = await take(playback);
    await playback.close();

    expect(playback.status).toBe('ended');
    expect(playback.route).toBe('transcode');
    expect(Math.abs(frames.length - 200)).toBeLessThanOrEqual(name === 'a.aac' ? 3 : 1); // ADTS cannot tell its padding
    const heard = between(hear(frames), 500, 3_500);
    expect(pitchHz(heard, 48_000, [400, 480])).toBeCloseTo(440, 1);
    expect(toneLevelDb(heard, 440, 48_000)).toBeCloseTo(LEVEL_DB, 0);
    expect(rmsDb(heard)).toBeCloseTo(LEVEL_DB - 3.01, 0);
  },
);

test('5.1 is mixed down to stereo: what was in front on one side stays there', async () => {
  const path = await suite.folder.make('surround.flac', [
    ...['-f', 'lavfi', '-i', 'aevalsrc=0.5*sin(2*PI*440*t)|0|0|0|0|0:c=5.1:d=2:s=48000'],
  ]);
  const playback = await suite.audio.open(file(path, { durationMs: 2_000 }));
  const heard = between(hear(await take(playback)), 500, 1_500);
  await playback.close();
  expect(pitchHz(heard, 48_000, [400, 480])).toBeCloseTo(440, 1);
  expect(toneLevelDb(heard, 440, 48_000)).toBeGreaterThan(-16);
});

test('the codec delay is taken out: the sound begins where the source has it', async () => {
  const path = await suite.folder.make('onset.wav', [
    ...['-f', 'lavfi', '-i', 'aevalsrc=0.5*sin(2*PI*1000*t)*gt(t\\,1):d=2:s=48000'],
  ]);
  const playback = await suite.audio.open(file(path));
  const heard = hear(await take(playback));
  await playback.close();
  const onset = heard.findIndex((sample) => Math.abs(sample) > 0.1);
  expect(Math.abs(onset - 48_000)).toBeLessThan(48); // a millisecond
});
