import { createHash } from 'node:crypto';
import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, pid } from 'node:process';
import { setInterval } from 'node:timers/promises';
import { channelOf } from '@bandstand/test-support';
import { pino } from 'pino';
import { expect } from 'vitest';
import { AudioEngine, type AudioEngineOptions, type OpenOptions } from '../../src/audio/audio-engine.ts';
import { CHANNELS, FRAME_MS, SAMPLE_RATE_HZ } from '../../src/audio/frame.ts';
import type { FileMedia, HttpMedia, Media } from '../../src/audio/media.ts';
import { PacketDecoder } from '../../src/audio/opus-codec.ts';
import type { Playback } from '../../src/audio/playback.ts';
import { PLAIN_SOUND, type SoundSettings } from '../../src/audio/sound.ts';
import { unpackFrames } from '../../src/audio/thread/frame-batch.ts';
import { BUFFER_FRAMES } from '../../src/audio/thread/messages.ts';

export const SEARCH_PATH = env['PATH'] ?? '/usr/bin:/bin';

/** A real engine with its own temporary folder. On disposal nothing may be left of it. */
export class AudioFixture implements AsyncDisposable {
  readonly engine: AudioEngine;
  readonly #folder: string;

  static async start(options: Partial<AudioEngineOptions> = {}): Promise<AudioFixture> {
    const folder = await mkdtemp(join(tmpdir(), 'audio-fixture-'));
    const engine = await AudioEngine.start({
      workers: 1,
      ffmpegPath: 'ffmpeg',
      searchPath: SEARCH_PATH,
      temporaryFolder: folder,
      log: pino({ level: 'silent' }),
      ...options,
    });
    return new AudioFixture(engine, folder);
  }

  private constructor(engine: AudioEngine, folder: string) {
    this.engine = engine;
    this.#folder = folder;
  }

  open(media: Media, options: Partial<OpenOptions> = {}): Promise<Playback> {
    return this.engine.open(media, { startAtMs: 0, sound: PLAIN_SOUND, signal: never(), ...options });
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.engine.close();
    expect(await ffmpegChildren()).toEqual([]);
    expect(await readdir(this.#folder)).toEqual([]);
    await rm(this.#folder, { recursive: true });
  }
}

/** The sound at another volume. */
export function atVolume(volumePercent: number): SoundSettings {
  return { ...PLAIN_SOUND, volumePercent };
}

export function file(path: string, traits: Partial<FileMedia> = {}): FileMedia {
  return { kind: 'file', path, isLive: false, ...traits };
}

export function http(url: string, traits: Partial<HttpMedia> = {}): HttpMedia {
  return { kind: 'http', url, headers: {}, isLive: false, ...traits };
}

export function never(): AbortSignal {
  return new AbortController().signal;
}

/** Takes frames as fast as they come, up to `count` or the end. */
export async function take(playback: Playback, count = Number.POSITIVE_INFINITY): Promise<Buffer[]> {
  const frames: Buffer[] = [];
  while (frames.length < count) {
    const frame = playback.next();
    if (frame !== undefined) frames.push(Buffer.from(frame));
    else if (playback.status === 'ended' || playback.status === 'failed') break;
    else await nextEvent(playback);
  }
  return frames;
}

/**
 * Takes frames as a voice connection does, one every 20 ms, up to `count` or to the end of the track.
 *
 * @param onFrame - Called before frame `index` is taken.
 */
export async function takeInRealTime(
  playback: Playback,
  onFrame: (index: number) => void = () => {},
  count = Number.POSITIVE_INFINITY,
): Promise<Buffer[]> {
  const frames: Buffer[] = [];
  await playback.ready(BUFFER_FRAMES);
  const startedAt = performance.now();
  for await (const _ of setInterval(FRAME_MS / 2)) {
    while (frames.length * FRAME_MS <= performance.now() - startedAt) {
      if (frames.length >= count || playback.status === 'ended' || playback.status === 'failed')
        return frames;
      onFrame(frames.length);
      const frame = playback.next();
      if (frame === undefined) throw new Error(`no frame ${frames.length}: ${playback.status}`);
      frames.push(Buffer.from(frame));
    }
  }
  return frames;
}

/**
 * Changes the sound, and resolves once all frames that wait were made anew: in real time that takes a few frames, but how many
 * depends on what else the machine does.
 *
 * @param generation - Of how many changes of this playback it is.
 */
export async function changeSound(
  playback: Playback,
  sound: SoundSettings,
  generation: number,
): Promise<void> {
  const made = Promise.withResolvers<void>();
  const receive = playback.receive.bind(playback);
  playback.receive = (message) => {
    receive(message);
    if (message.type !== 'frames' || message.generation !== generation) return;
    const end = message.firstFrame + [...unpackFrames(message.packed)].length;
    if (end >= playback.framesTaken + playback.bufferedFrames) made.resolve();
  };
  playback.setSound(sound);
  await made.promise;
  playback.receive = receive;
}

function nextEvent(playback: Playback): Promise<void> {
  const { promise, resolve } = Promise.withResolvers<void>();
  const events = ['flowing', 'ended', 'failed'] as const;
  const done = () => {
    for (const event of events) playback.off(event, done);
    resolve();
  };
  for (const event of events) playback.on(event, done);
  return promise;
}

/** What a listener hears of the frames: one decoder from first to last, left channel. */
export function hear(frames: readonly Buffer[]): Float64Array {
  const decoder = new PacketDecoder();
  const parts = frames.map((frame) => channelOf(decoder.decode(frame) ?? new Int16Array(0), 0, CHANNELS));
  const heard = new Float64Array(parts.reduce((length, part) => length + part.length, 0));
  let at = 0;
  for (const part of parts) {
    heard.set(part, at);
    at += part.length;
  }
  return heard;
}

/** A piece of what was heard. */
export function between(samples: Float64Array, fromMs: number, toMs: number): Float64Array {
  return samples.subarray((fromMs * SAMPLE_RATE_HZ) / 1_000, (toMs * SAMPLE_RATE_HZ) / 1_000);
}

export function sha256(bytes: Buffer): string {
  return createHash('sha256').update(bytes).digest('hex');
}

/** Process ids of ffmpeg that this test process started, zombies excepted. */
export async function ffmpegChildren(): Promise<number[]> {
  const found: number[] = [];
  for (const name of await readdir('/proc')) {
    if (!/^\d+$/.test(name)) continue;
    const stat = await readFile(`/proc/${name}/stat`, 'utf8').catch(() => ''); // ended meanwhile
    const [, command, state, parent] = /^\d+ \((.*)\) (\S) (\d+)/.exec(stat) ?? [];
    if (command === 'ffmpeg' && state !== 'Z' && Number(parent) === pid) found.push(Number(name));
  }
  return found;
}
