import { setTimeout as sleep } from 'node:timers/promises';
import { PlayerError } from '@bandstand/protocol';
import { FRAME_MS } from '../../audio/frame.ts';
import type { Media } from '../../audio/media.ts';
import { PacketDecoder } from '../../audio/opus-codec.ts';
import { StallWatch } from '../../audio/thread/stall-watch.ts';
import { endFailure } from '../../audio/thread/track-length.ts';
import { type MediaTools, openMedia } from '../../audio/units/open-media.ts';
import type { Unit } from '../../audio/units/unit.ts';
import { LoudnessMeter } from '../meter/loudness-meter.ts';
import type { TrackLoudness } from '../track-loudness.ts';
import type { MeasuringLimits } from './measuring-settings.ts';

const MIN_REST_MS = 10;

/**
 * Reads a track from its beginning to its end, by the way that playing it takes, and measures what would be heard.
 *
 * @throws PlayerError when the track could not be played to its end either, or takes too long; `signal.reason` once aborted.
 */
export async function measureMedia(
  media: Media,
  tools: MediaTools,
  limits: MeasuringLimits,
  signal: AbortSignal,
): Promise<TrackLoudness> {
  const stalled = new AbortController();
  const details = { stallMs: limits.stallMs };
  const watch = new StallWatch({
    firstMs: limits.stallMs,
    laterMs: limits.stallMs,
    isWaiting: () => true,
    onStall: () => stalled.abort(new PlayerError('MEDIA_STALLED', 'no sound to measure', { details })),
  });
  const either = AbortSignal.any([signal, stalled.signal]);
  try {
    return await measure(media, tools, limits, either, () => watch.progress());
  } catch (error) {
    throw either.aborted ? either.reason : error;
  } finally {
    watch.stop();
  }
}

async function measure(
  media: Media,
  tools: MediaTools,
  { maxTrackMs, maxSpeed }: MeasuringLimits,
  signal: AbortSignal,
  onProgress: () => void,
): Promise<TrackLoudness> {
  const opened = await openMedia(media, 0, tools, signal);
  const meter = new LoudnessMeter({ gainDb: opened.sourceGainDb });
  const decoder = new PacketDecoder();
  const startedAtMs = performance.now();
  let frames = 0;
  for await (const units of opened.units) {
    signal.throwIfAborted();
    for (const unit of units) {
      const pcm = pcmOf(unit, decoder);
      if (pcm !== undefined) meter.push(pcm);
    }
    frames += units.length;
    if (frames * FRAME_MS > maxTrackMs)
      throw new PlayerError('TRACK_TOO_LONG', 'the media is longer than allowed', {
        details: { maxTrackMs },
      });
    onProgress();
    const aheadMs = (frames * FRAME_MS) / maxSpeed - (performance.now() - startedAtMs);
    if (aheadMs > MIN_REST_MS) await sleep(aheadMs, undefined, { signal });
  }
  signal.throwIfAborted();
  const failure = endFailure(frames * FRAME_MS, 0, media.durationMs ?? opened.durationMs);
  if (failure !== undefined) throw failure;
  return meter.result;
}

/** `undefined` for a packet that is no Opus: there is nothing to hear of it. */
function pcmOf(unit: Unit, decoder: PacketDecoder): Int16Array | undefined {
  if (unit.kind === 'opus') return decoder.decode(unit.packet);
  const { pcm } = unit;
  return new Int16Array(pcm.buffer, pcm.byteOffset, pcm.length / 2);
}
