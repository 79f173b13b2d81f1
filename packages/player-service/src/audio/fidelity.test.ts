import { channelOf, residualOfSine, rmsDb, synthesize, wavFile } from '@bandstand/test-support';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  AudioFixture,
  atVolume,
  between,
  changeSound,
  file,
  hear,
  sha256,
  take,
} from '../../test/audio/audio-fixture.ts';
import { MediaFolder, packetHashes } from '../../test/audio/media-folder.ts';
import { CHANNELS, PCM_FRAME_BYTES, SAMPLE_RATE_HZ } from './frame.ts';
import { ENCODER_DELAY_SAMPLES, FrameEncoder } from './opus-codec.ts';
import { PLAIN_SOUND } from './sound.ts';

/** The least effort: with more of it a busy thread would make less of it under way. */
const ENCODER = { bitrateBps: 384_000, complexity: 0 };
const FORMAT = { sampleRateHz: SAMPLE_RATE_HZ, channels: CHANNELS };

let folder: MediaFolder;
let audio: AudioFixture;

beforeAll(async () => {
  folder = await MediaFolder.create();
  audio = await AudioFixture.start({ encoder: ENCODER });
}, 30_000);

afterAll(async () => {
  await audio[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

/** Noise that rises and falls. */
const PROGRAMME = [
  ...['-f', 'lavfi', '-i', 'anoisesrc=d=3:c=pink:r=48000:seed=7,tremolo=f=3:d=0.9,volume=0.4'],
  ...['-ac', '2', '-c:a', 'libopus', '-b:a', '160k'],
];

describe('null test: what nothing changes', () => {
  test('is the source to the bit, packet by packet and sample by sample', async () => {
    const path = await folder.make('null.webm', PROGRAMME);
    const playback = await audio.open(file(path));
    const frames = await take(playback);
    await playback.close();
    expect(frames.map(sha256)).toEqual(await packetHashes(path));
  });

  test('is the source again to the bit behind a change that was taken back', async () => {
    const path = await folder.make('null-again.webm', PROGRAMME);
    const filters = { lowPass: { smoothing: 20 } };
    const timescale = { timescale: { speed: 1, pitch: 1.2, rate: 1 } };
    const playback = await audio.open(file(path));
    const frames = await take(playback, 20);
    await changeSound(playback, { ...PLAIN_SOUND, filters }, 1);
    frames.push(...(await take(playback, 20)));
    await changeSound(playback, { ...PLAIN_SOUND, filters: timescale, volumePercent: 50 }, 2);
    frames.push(...(await take(playback, 20)));
    await changeSound(playback, PLAIN_SOUND, 3);
    frames.push(...(await take(playback)));
    await playback.close();
    const source = await packetHashes(path);
    const isSource = frames.map((frame, index) => sha256(frame) === source[index]);
    expect(frames.length).toBe(source.length);
    expect(isSource.indexOf(false)).toBe(23);
    expect(isSource.lastIndexOf(false)).toBe(65);
  });
});

/** Distortion and noise, in dB below the tone. */
function thdNoiseDb(heard: Float64Array, frequencyHz: number): number {
  const steady = between(heard, 500, 2_500);
  return rmsDb(residualOfSine(steady, frequencyHz, SAMPLE_RATE_HZ)) - rmsDb(steady);
}

/** The encoder by itself, with nothing around it, fed as far ahead as it delays. */
function encodedAlone(tone: Int16Array): Float64Array {
  const encoder = new FrameEncoder(ENCODER);
  const bytes = Buffer.from(tone.buffer).subarray(ENCODER_DELAY_SAMPLES * CHANNELS * 2);
  const frames: Buffer[] = [];
  for (let at = 0; at + PCM_FRAME_BYTES <= bytes.length; at += PCM_FRAME_BYTES)
    frames.push(encoder.encode(bytes.subarray(at, at + PCM_FRAME_BYTES)));
  return hear(frames);
}

describe('distortion and noise of what has to be encoded', () => {
  test.each([
    [100, 100, -39],
    [997, 100, -45],
    [3_000, 100, -52],
    [997, 50, -45],
  ])('at %i Hz and %i %% are those of the encoder alone', async (frequencyHz, volume, boundDb) => {
    const tone = synthesize([{ frequencyHz, amplitude: 0.5 }], 3_000, FORMAT);
    const path = await folder.write(`${frequencyHz}.wav`, wavFile(tone, FORMAT));
    const playback = await audio.open(file(path), { sound: atVolume(volume) });
    const heard = hear(await take(playback));
    await playback.close();

    expect(playback.route).toBe('transcode');
    expect(thdNoiseDb(heard, frequencyHz)).toBeLessThan(boundDb);
    expect(thdNoiseDb(heard, frequencyHz)).toBeLessThan(thdNoiseDb(encodedAlone(tone), frequencyHz) + 0.1);
    const level = rmsDb(between(heard, 500, 2_500)) - 20 * Math.log10(volume / 100);
    expect(Math.abs(level - rmsDb(channelOf(tone, 0, CHANNELS)))).toBeLessThan(0.05);
  });
});
