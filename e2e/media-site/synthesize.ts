import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { access, mkdir, rename, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pid } from 'node:process';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** How the bytes are packed: file name extension, content type, what yt-dlp would say about it, and how ffmpeg makes it. */
export const MEDIA_FORMATS = {
  webm: {
    extension: 'webm',
    contentType: 'audio/webm',
    acodec: 'opus',
    asr: 48_000,
    encode: ['-c:a', 'libopus', '-b:a', '96k', '-f', 'webm'],
  },
  ogg: {
    extension: 'ogg',
    contentType: 'audio/ogg',
    acodec: 'opus',
    asr: 48_000,
    encode: ['-c:a', 'libopus', '-b:a', '96k', '-f', 'ogg'],
  },
  vorbis: {
    extension: 'ogg',
    contentType: 'application/ogg',
    acodec: 'vorbis',
    asr: 48_000,
    encode: ['-c:a', 'libvorbis', '-q:a', '4', '-f', 'ogg'],
  },
  m4a: {
    extension: 'm4a',
    contentType: 'audio/mp4',
    acodec: 'mp4a.40.2',
    asr: 48_000,
    encode: ['-c:a', 'aac', '-b:a', '128k', '-movflags', '+faststart', '-f', 'mp4'],
  },
  mp4: {
    extension: 'mp4',
    contentType: 'video/mp4',
    acodec: 'mp4a.40.2',
    asr: 48_000,
    encode: ['-c:v', 'mpeg4', '-c:a', 'aac', '-shortest', '-movflags', '+faststart', '-f', 'mp4'],
  },
  mp3: {
    extension: 'mp3',
    contentType: 'audio/mpeg',
    acodec: 'mp3',
    asr: 48_000,
    encode: ['-c:a', 'libmp3lame', '-b:a', '128k', '-f', 'mp3'],
  },
  aac: {
    extension: 'aac',
    contentType: 'audio/aac',
    acodec: 'mp4a.40.2',
    asr: 48_000,
    encode: ['-c:a', 'aac', '-b:a', '128k', '-f', 'adts'],
  },
  ts: {
    extension: 'ts',
    contentType: 'video/mp2t',
    acodec: 'mp4a.40.2',
    asr: 48_000,
    encode: ['-c:a', 'aac', '-b:a', '128k', '-f', 'mpegts'],
  },
  flac: {
    extension: 'flac',
    contentType: 'audio/flac',
    acodec: 'flac',
    asr: 48_000,
    encode: ['-c:a', 'flac', '-f', 'flac'],
  },
  wav: {
    extension: 'wav',
    contentType: 'audio/wav',
    acodec: 'pcm_s16le',
    asr: 48_000,
    encode: ['-c:a', 'pcm_s16le', '-f', 'wav'],
  },
  mono44: {
    extension: 'wav',
    contentType: 'audio/wav',
    acodec: 'pcm_s16le',
    asr: 44_100,
    encode: ['-c:a', 'pcm_s16le', '-ar', '44100', '-ac', '1', '-f', 'wav'],
  },
} as const;
export type MediaFormat = keyof typeof MEDIA_FORMATS;

/** What is heard: a steady tone, or a short tune played on a soft bell until the time is up. */
export type Sound = { readonly type: 'tone'; readonly hz: number } | { readonly type: 'tune' };

export interface SynthesisOptions {
  readonly sound: Sound;
  readonly durationMs: number;
  readonly format: MediaFormat;
  readonly title: string;
}

/** Made once per machine and kept: the same sound, length and format is always the same file. */
const CACHE_FOLDER = join(tmpdir(), 'bandstand-media-cache');
const DEADLINE_MS = 60_000;

/** Synthesises a piece of media with ffmpeg, or finds it in the cache. @returns its absolute path. */
export async function synthesize(options: SynthesisOptions): Promise<string> {
  const { format, durationMs, sound, title } = options;
  const { extension, encode } = MEDIA_FORMATS[format];
  const seconds = String(durationMs / 1_000);
  const input = ['-f', 'lavfi', '-t', seconds, '-i', sound.type === 'tone' ? tone(sound.hz) : tune()];
  const picture =
    format === 'mp4' ? ['-f', 'lavfi', '-t', seconds, '-i', 'color=black:size=64x64:rate=5'] : [];
  const shape = format === 'mono44' ? [] : ['-ar', '48000', '-ac', '2'];
  // No tag beside the title, and bit-exact: the same options give the same bytes everywhere.
  const tags = [
    '-map_metadata',
    '-1',
    '-metadata',
    `title=${title}`,
    '-fflags',
    '+bitexact',
    '-flags:a',
    '+bitexact',
  ];
  const args = [...input, ...picture, ...shape, ...tags, ...encode];

  const name = createHash('sha256').update(JSON.stringify(args)).digest('hex').slice(0, 24);
  const path = join(CACHE_FOLDER, `${name}.${extension}`);
  try {
    await access(path);
    return path;
  } catch {
    // not made yet
  }
  await mkdir(CACHE_FOLDER, { recursive: true });
  const unfinished = `${path}.${pid}-${Math.random().toString(36).slice(2)}`;
  try {
    await run('ffmpeg', ['-nostdin', '-v', 'error', '-y', ...args, unfinished], { timeout: DEADLINE_MS });
    await rename(unfinished, path);
  } finally {
    await rm(unfinished, { force: true });
  }
  return path;
}

function tone(hz: number): string {
  return `sine=frequency=${hz}:sample_rate=48000`;
}

/** A pentatonic melody over a bass note, two notes a second; each note fades like a plucked string. */
function tune(): string {
  const semitones = [0, 4, 7, 9, 12, 9, 7, 4, 2, 7, 9, 14, 12, 9, 7, 2];
  const noteAt = (beat: string) =>
    semitones
      .map(
        (semitone, index) =>
          `eq(mod(${beat},${semitones.length}),${index})*${(261.63 * 2 ** (semitone / 12)).toFixed(2)}`,
      )
      .join('+');
  const melody = `0.35*sin(2*PI*t*(${noteAt('floor(t*2)')}))*exp(-3*mod(t,0.5))`;
  const bass = '0.2*sin(2*PI*t*(130.81+16.35*mod(floor(t/4),2)))*exp(-0.7*mod(t,2))';
  const expression = `${melody}+${bass}`.replaceAll(',', '\\,');
  return `aevalsrc=exprs=${expression}:sample_rate=48000`;
}
