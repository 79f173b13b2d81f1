import { SAMPLE_RATE_HZ } from '../frame.ts';

export interface FfmpegJob {
  /** Of the media gateway: ffmpeg opens nothing else. */
  readonly url: string;
  readonly startAtMs: number;
  /** Absent for a live stream. */
  readonly maxDurationMs: number | undefined;
  /** What the input is, where that is known: ffmpeg would read seconds of a station to be sure of it. */
  readonly format?: 'mp3' | 'aac' | undefined;
  /** `wav`: decoded, 48 kHz, signed 16-bit, mono or stereo. `ogg`: the Opus packets untouched. */
  readonly output: 'wav' | 'ogg';
}

/** No playlist formats (HLS, DASH, concat), which would make ffmpeg fetch what a file tells it to. */
const FORMATS = 'mp3,ogg,matroska,webm,mov,aac,flac,wav,mpegts';
/** No picture decoders: cover art in a crafted file is the classic bomb. */
const CODECS = 'mp3float,mp3,aac,opus,libopus,vorbis,flac,pcm_u8,pcm_s16le,pcm_s24le,pcm_s32le,pcm_f32le';

const WAV = ['-c:a', 'pcm_s16le', '-bitexact', '-f', 'wav'];

/**
 * The one command line of ffmpeg. Nothing in it comes from a user: the URL is the gateway's, numbers are ours.
 * Seeking is an input option, so ffmpeg asks for the bytes around the position instead of reading up to it.
 */
export function ffmpegArguments(job: FfmpegJob): readonly string[] {
  const { url, startAtMs, maxDurationMs, format, output } = job;
  return [
    ...['-nostdin', '-hide_banner', '-loglevel', 'error'],
    ...['-protocol_whitelist', 'http,tcp', '-format_whitelist', FORMATS, '-codec_whitelist', CODECS],
    ...['-threads', '1'],
    // MP3 is then sought by its table or bit rate; else ffmpeg would read through to the position.
    ...(startAtMs > 0 ? ['-fflags', '+fastseek', '-ss', seconds(startAtMs)] : []),
    ...(format === undefined ? [] : ['-f', format]),
    ...['-i', url, '-map', '0:a:0', '-vn', '-sn', '-dn', '-map_metadata', '-1'],
    ...(maxDurationMs === undefined ? [] : ['-t', seconds(maxDurationMs)]),
    ...(output === 'wav'
      ? // Mono stays mono: made stereo by ffmpeg it would lose 3 dB.
        ['-af', 'aformat=channel_layouts=stereo|mono', '-ar', String(SAMPLE_RATE_HZ), ...WAV]
      : // Without `-copypriorss 0` the packets between the index point and the position would be played too.
        ['-c:a', 'copy', '-copypriorss', '0', '-page_duration', '100000', '-f', 'ogg']),
    ...['-flush_packets', '1', 'pipe:1'],
  ];
}

function seconds(ms: number): string {
  return (ms / 1_000).toFixed(3);
}
