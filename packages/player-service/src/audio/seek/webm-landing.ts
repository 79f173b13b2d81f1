import { PlayerError } from '@bandstand/protocol';
import { EBML_ID, readElementHeader, readUnsigned } from '../demux/ebml.ts';
import { WebmDemuxer } from '../demux/webm-demuxer.ts';
import { type Landing, PREROLL_MS, type SeekTarget } from './landing.ts';
import { findLandmark, type Landmark } from './landmark-search.ts';
import type { SeekBytes } from './seek-bytes.ts';
import { cuesBefore } from './webm-cues.ts';
import { MAX_HEADER_BYTES, readWebmLayout, type WebmLayout } from './webm-layout.ts';

const CLUSTER_ID = Buffer.from('1f43b675', 'hex');
/** Entries tried, latest first: the sound of a moment may lie in the cluster before the one of the picture. */
const MAX_CUES_TRIED = 3;
/** The index of ten hours, an entry each five seconds, takes a tenth of it. */
const MAX_CUES_BYTES = 2 * 1024 * 1024;
const CUES_READ_BYTES = 64 * 1024;
/** The first packet must come so soon. */
const MAX_BEGINNING_BYTES = 512 * 1024;
const BEGINNING_READ_BYTES = 64 * 1024;
const PROBE_BYTES = 64 * 1024;
const MAX_PROBES = 8;
/** Clusters of YouTube hold ten seconds of sound. */
const NEAR_MS = 11_000;
const NEAR_BYTES = 256 * 1024;
/** The time of a cluster is its first or second child, after a checksum. */
const CLUSTER_BEGINNING_BYTES = 32;

/**
 * Where to begin in a WebM file, the most likely place first: by its index, at whichever end of the file that stands; without
 * one, by guessing at clusters. Times count from the first packet of the track, so CodecDelay, which is in all of them, cancels.
 *
 * @throws PlayerError `MEDIA_BROKEN` where nothing is certain.
 * @see https://www.rfc-editor.org/rfc/rfc9559#section-5.1.5
 */
export async function* webmLandings(bytes: SeekBytes, target: SeekTarget): AsyncGenerator<Landing> {
  const layout = await readWebmLayout(bytes);
  const { demuxer, originMs } = await readFirstPacket(bytes);
  const soughtMs = originMs + Math.max(0, target.positionMs - PREROLL_MS);
  for (const byteOffset of await cuedClusters(bytes, layout, demuxer, soughtMs)) {
    demuxer.jump();
    yield { byteOffset, signature: CLUSTER_ID, demuxer, originMs };
  }
  const { byteOffset } = await findLandmark({
    targetMs: soughtMs,
    first: { byteOffset: layout.firstClusterAt, timeMs: originMs },
    endOffset: bytes.totalBytes,
    endMs: target.durationMs === undefined ? undefined : originMs + target.durationMs,
    nearMs: NEAR_MS,
    nearBytes: NEAR_BYTES,
    next: (from, before) => nextCluster(bytes, demuxer.timestampScaleMs, from, before),
  });
  demuxer.jump();
  yield { byteOffset, signature: CLUSTER_ID, demuxer, originMs };
}

async function readFirstPacket(bytes: SeekBytes): Promise<{ demuxer: WebmDemuxer; originMs: number }> {
  const demuxer = new WebmDemuxer();
  let originMs: number | undefined;
  const limit = Math.min(MAX_BEGINNING_BYTES, bytes.totalBytes);
  for (let at = 0; at < limit && originMs === undefined; at += BEGINNING_READ_BYTES) {
    demuxer.push(await bytes.read(at, BEGINNING_READ_BYTES), (_packet, timestampMs) => {
      originMs ??= timestampMs;
    });
  }
  if (originMs === undefined) throw new PlayerError('MEDIA_BROKEN', 'no packet near the beginning');
  return { demuxer, originMs };
}

/** Offsets of clusters that the index names and that are there. */
async function cuedClusters(
  bytes: SeekBytes,
  { cuesAt, segmentAt }: WebmLayout,
  demuxer: WebmDemuxer,
  soughtMs: number,
): Promise<number[]> {
  if (cuesAt === undefined || cuesAt >= bytes.totalBytes) return [];
  const content = await readCues(bytes, cuesAt);
  if (content === undefined) return [];
  const ticks = soughtMs / demuxer.timestampScaleMs;
  return cuesBefore(content, demuxer.trackNumber, ticks, MAX_CUES_TRIED)
    .map(({ clusterPosition }) => segmentAt + clusterPosition)
    .filter((offset) => offset < bytes.totalBytes);
}

async function readCues(bytes: SeekBytes, cuesAt: number): Promise<Buffer | undefined> {
  const known = bytes.knownBytes - cuesAt;
  const first = await bytes.read(cuesAt, known >= MAX_HEADER_BYTES ? known : CUES_READ_BYTES);
  const header = readElementHeader(first, 0);
  if (typeof header === 'string' || header.id !== EBML_ID.cues || header.size === undefined) return undefined;
  if (header.size > MAX_CUES_BYTES) return undefined;
  const end = header.contentAt + header.size;
  if (end <= first.length) return first.subarray(header.contentAt, end);
  if (cuesAt + end > bytes.totalBytes) return undefined;
  const rest = await bytes.read(cuesAt + first.length, end - first.length);
  return Buffer.concat([first.subarray(header.contentAt), rest]);
}

async function nextCluster(
  bytes: SeekBytes,
  timestampScaleMs: number,
  from: number,
  before: number,
): Promise<Landmark | undefined> {
  let seen: Buffer = Buffer.alloc(0);
  let searched = 0;
  for (let probe = 0; probe < MAX_PROBES && from + seen.length < before; probe++) {
    const more = await bytes.read(from + seen.length, PROBE_BYTES);
    seen = Buffer.concat([seen, more]);
    for (
      let at = seen.indexOf(CLUSTER_ID, searched);
      at !== -1 && at + CLUSTER_BEGINNING_BYTES <= seen.length;
      at = seen.indexOf(CLUSTER_ID, searched)
    ) {
      if (from + at >= before) return undefined;
      const ticks = clusterTicks(seen.subarray(at, at + CLUSTER_BEGINNING_BYTES));
      if (ticks !== undefined) return { byteOffset: from + at, timeMs: ticks * timestampScaleMs };
      searched = at + 1;
    }
    searched = Math.max(searched, seen.length - CLUSTER_BEGINNING_BYTES);
    if (from + seen.length >= bytes.totalBytes) return undefined;
  }
  return undefined;
}

/** The timestamp of what looks like a cluster, or nothing when it only looks so. */
function clusterTicks(beginning: Buffer): number | undefined {
  const cluster = readElementHeader(beginning, 0);
  if (typeof cluster === 'string') return undefined;
  for (let at = cluster.contentAt; ; ) {
    const child = readElementHeader(beginning, at);
    if (typeof child === 'string' || child.size === undefined || child.size > 8) return undefined;
    at = child.contentAt + child.size;
    if (child.id === EBML_ID.clusterTimestamp)
      return at <= beginning.length ? readUnsigned(beginning.subarray(child.contentAt, at)) : undefined;
  }
}
