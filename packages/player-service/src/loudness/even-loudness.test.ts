import { tmpdir } from 'node:os';
import { toneLevelDb } from '@bandstand/test-support';
import { pino } from 'pino';
import { afterAll, beforeAll, expect, test, vi } from 'vitest';
import {
  AudioFixture,
  between,
  file,
  hear,
  never,
  SEARCH_PATH,
  sha256,
  take,
} from '../../test/audio/audio-fixture.ts';
import { MediaFolder, packetHashes } from '../../test/audio/media-folder.ts';
import { SAMPLE_RATE_HZ } from '../audio/frame.ts';
import { PacketDecoder } from '../audio/opus-codec.ts';
import { PLAIN_SOUND } from '../audio/sound.ts';
import { MeasuringThread } from './measuring-thread.ts';
import { LoudnessMeter } from './meter/loudness-meter.ts';
import { staticGainDb } from './static-gain.ts';

const TARGET_LUFS = -16;

// What is measured has the lowest priority, and this machine other work.
vi.setConfig({ testTimeout: 60_000 });

let folder: MediaFolder;
let audio: AudioFixture;
let thread: MeasuringThread;
/** Of the music as it is written below. */
let writtenLufs: number;

beforeAll(async () => {
  folder = await MediaFolder.create();
  audio = await AudioFixture.start();
  thread = new MeasuringThread({
    ffmpegPath: 'ffmpeg',
    searchPath: SEARCH_PATH,
    temporaryFolder: tmpdir(),
    limits: { maxTrackMs: 60_000 },
    log: pino({ level: 'silent' }),
  });
  const written = await folder.make('written.wav', ['-f', 'lavfi', '-i', music(1)]);
  writtenLufs = (await thread.measure(file(written), never())).integratedLufs ?? Number.NaN;
}, 60_000);

afterAll(async () => {
  await thread.close();
  await audio[Symbol.asyncDispose]();
  await folder[Symbol.asyncDispose]();
});

const CHORD = [220, 277.2, 329.6].map((hz) => `sin(2*PI*${hz}*t)`).join('+');

/** Chords that come and go over noise, so many times as loud as they are written here. */
function music(factor: number): string {
  const signal = `${factor}*(0.04*(${CHORD})*(0.6+0.4*sin(2*PI*0.7*t))+0.01*(random(0)-0.5))`;
  return `aevalsrc=exprs=${signal}|${signal}:duration=6:sample_rate=48000`;
}

/** The same at so many LUFS. */
function musicAt(lufs: number, name: string, args: readonly string[]): Promise<string> {
  return folder.make(name, ['-f', 'lavfi', '-i', music(10 ** ((lufs - writtenLufs) / 20)), ...args]);
}

/** What a track gets, and what a listener then hears. */
async function normalised(path: string): Promise<{
  readonly gainDb: number;
  readonly frames: readonly Buffer[];
  readonly heard: LoudnessMeter['result'];
}> {
  const gainDb = staticGainDb(await thread.measure(file(path), never()), { targetLufs: TARGET_LUFS });
  const playback = await audio.open(file(path), { sound: { ...PLAIN_SOUND, gainDb } });
  const frames = await take(playback);
  await playback.close();
  const [decoder, meter] = [new PacketDecoder(), new LoudnessMeter()];
  for (const frame of frames) meter.push(decoder.decode(frame) ?? new Int16Array(0));
  return { gainDb, frames, heard: meter.result };
}

test('over a mixed list the listener hears a spread of less than 2 LU, and no peak beyond full scale', async () => {
  const list = [
    { lufs: -30, name: 'quiet.webm', args: ['-c:a', 'libopus', '-b:a', '128k'] },
    { lufs: -23, name: 'broadcast.mp3', args: ['-b:a', '192k'] },
    { lufs: -16, name: 'even.m4a', args: ['-c:a', 'aac', '-b:a', '160k'] },
    { lufs: -9, name: 'loud.flac', args: ['-sample_fmt', 's16'] },
  ];
  const heard: number[] = [];
  for (const { lufs, name, args } of list) {
    const track = await normalised(await musicAt(lufs, name, args));
    expect(Math.abs(track.gainDb - (TARGET_LUFS - lufs))).toBeLessThan(0.5);
    expect(track.heard.truePeakDb).toBeLessThan(0);
    heard.push(track.heard.integratedLufs ?? Number.NaN);
  }
  expect(Math.max(...heard) - Math.min(...heard)).toBeLessThanOrEqual(2);
  for (const lufs of heard) expect(Math.abs(lufs - TARGET_LUFS)).toBeLessThan(1);
});

test('a track that is at the target is sent byte for byte', async () => {
  const path = await musicAt(-16.2, 'target.webm', ['-c:a', 'libopus', '-b:a', '128k']);
  const { gainDb, frames } = await normalised(path);
  expect(gainDb).toBe(0);
  expect(frames.map(sha256)).toEqual(await packetHashes(path));
});

test('peaks that the gain would lift beyond full scale are held, and what is between them still comes up', async () => {
  const click = '0.9*lt(mod(t,1),0.004)*sin(2*PI*1000*t)';
  const quiet = '0.04*sin(2*PI*440*t)';
  const source = `aevalsrc=exprs='${click}+${quiet}|${click}+${quiet}':duration=8:sample_rate=48000`;
  const path = await folder.make('clicks.flac', ['-f', 'lavfi', '-i', source]);
  const { gainDb, frames, heard } = await normalised(path);
  expect(gainDb).toBeGreaterThan(6);
  expect(heard.truePeakDb).toBeLessThan(0.5);
  const levelDb = toneLevelDb(between(hear(frames), 3_300, 3_900), 440, SAMPLE_RATE_HZ);
  expect(Math.abs(levelDb - (20 * Math.log10(0.04) + gainDb))).toBeLessThan(0.3);
});
