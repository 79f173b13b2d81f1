import { PlayerError } from '@bandstand/protocol';
import type { Dispatcher } from 'undici';
import type { HlsMedia, HttpMedia, RadioMedia } from '../../audio/media.ts';
import { isPlaylist } from '../../hls/playlist.ts';
import type { MediaDescription, MediaProbe } from '../inspect/media-probe.ts';
import { likenessOf, signatureOf } from '../inspect/media-signature.ts';
import { signatureInStream } from '../inspect/mpeg-frames.ts';
import { type ListedStation, readStationList } from '../radio/station-list.ts';
import type { Track } from '../source.ts';
import { describeHls } from './describe-hls.ts';
import { fetchMediaHead, type MediaHead, type MediaHeadOptions } from './media-head.ts';
import { mediaTitle } from './media-title.ts';
import { isStationAnswer, stationLine } from './station-headers.ts';

export interface MediaFinderOptions {
  /** Of the guard: every address that is followed from here on goes through it. */
  readonly dispatcher: Dispatcher;
  readonly probe: MediaProbe;
  readonly maxTrackMs: number;
  readonly maxBytes: number;
  readonly liveAllowed: boolean;
  /** To get the first bytes of one address. */
  readonly deadlineMs: number;
}

export interface Found {
  readonly track: Track;
  readonly media: HttpMedia | HlsMedia | RadioMedia;
}

/** One question, and what it may still cost. */
interface Search {
  readonly signal: AbortSignal;
  /** Lists between the question and this address. */
  readonly depth: number;
  readonly budget: { lookups: number };
  /** What a list calls it. */
  readonly title?: string | undefined;
}

/** A list may name lists; a chain of them, or a list that names itself, comes to nothing. */
const MAX_DEPTH = 3;
const MAX_LOOKUPS = 10;
/** SHOUTcast shows browsers its web page where it sends others the sound. */
const PLAIN_USER_AGENT = 'Bandstand';

/** Finds out what an address leads to: a file, an HLS stream, a station, or the first of a list of them that answers. */
export class MediaFinder {
  readonly #options: MediaFinderOptions;

  constructor(options: MediaFinderOptions) {
    this.#options = options;
  }

  /** @throws {@link PlayerError} why nothing of it can be played; of a list, why the first of it cannot. */
  find(url: URL, signal: AbortSignal): Promise<Found> {
    return this.#look(url, { signal, depth: 0, budget: { lookups: MAX_LOOKUPS } });
  }

  async #look(url: URL, search: Search): Promise<Found> {
    search.budget.lookups--;
    const { dispatcher, deadlineMs } = this.#options;
    const how: MediaHeadOptions = { dispatcher, deadlineMs, signal: search.signal };
    const head = await fetchHead(url, how);
    const list = readStationList({ ...head, contentType: head.headers['content-type'] });
    if (list !== undefined) return this.#lookAtList(url, list, search);
    if (isPlaylist(head.bytes)) return this.#lookAtHls(url, head, how);
    const signature = (isLive(head) ? signatureInStream(head.bytes) : undefined) ?? signatureOf(head.bytes);
    if (signature === undefined) {
      throw new PlayerError('MEDIA_UNSUPPORTED', 'the bytes are not audio in a format that is taken', {
        details: { looksLike: likenessOf(head.bytes) },
      });
    }
    if (isLive(head)) return this.#station(url, head, signature, search);

    this.#assertSize(head);
    const description = await this.#options.probe.describeUrl(head.url.href, search.signal);
    const { durationMs } = description;
    this.#assertLength(durationMs);
    const media: HttpMedia = {
      kind: 'http',
      url: head.url.href,
      headers: {},
      ...signature,
      // Estimated from the bit rate in these two: good enough to show, not to call an earlier end a failure.
      durationMs: signature.container === 'mp3' || signature.container === 'adts' ? undefined : durationMs,
      isLive: false,
    };
    return { media, track: trackOf(url, head, { ...description, title: description.title ?? search.title }) };
  }

  #station(
    url: URL,
    head: MediaHead,
    signature: Pick<RadioMedia, 'container' | 'codec'>,
    { title }: Search,
  ): Found {
    this.#assertLive();
    const media = { url: head.url.href, headers: {}, ...signature, isLive: true } as const;
    const track = { ...trackOf(url, head, { title }), isLive: true };
    // Without those headers it may as well be something that is made while it is sent, and ends.
    if (!isStationAnswer(head.headers)) return { track, media: { kind: 'http', ...media } };
    return {
      track: { ...track, channel: stationLine(head.headers) ?? track.channel },
      media: { kind: 'radio', ...media },
    };
  }

  /** The track stays the list's, so that whoever plays it again, or goes on with it, asks the list again. */
  async #lookAtList(url: URL, list: readonly ListedStation[], search: Search): Promise<Found> {
    if (list.length === 0)
      throw new PlayerError('MEDIA_UNSUPPORTED', 'the list names nothing that can be played');
    if (search.depth >= MAX_DEPTH) throw new PlayerError('MEDIA_UNSUPPORTED', 'lists name lists without end');
    let failure: unknown;
    for (const listed of list) {
      if (search.budget.lookups <= 0) break;
      const title = listed.title ?? search.title;
      try {
        const { track, media } = await this.#look(listed.url, { ...search, depth: search.depth + 1, title });
        return { track: { ...track, identifier: url.href, webpageUrl: url.href }, media };
      } catch (error) {
        search.signal.throwIfAborted();
        failure ??= error;
      }
    }
    throw failure ?? new PlayerError('MEDIA_UNSUPPORTED', 'the list leads too far');
  }

  async #lookAtHls(url: URL, head: MediaHead, how: MediaHeadOptions): Promise<Found> {
    const { isLive, durationMs } = await describeHls(head.url, how);
    if (isLive) this.#assertLive();
    this.#assertLength(durationMs);
    const media: HlsMedia = { kind: 'hls', url: url.href, headers: {}, durationMs, isLive };
    return { media, track: { ...trackOf(url, head, { durationMs }), isLive } };
  }

  #assertLive(): void {
    if (!this.#options.liveAllowed)
      throw new PlayerError('LIVE_NOT_ALLOWED', 'live streams are switched off');
  }

  #assertLength(durationMs: number | undefined): void {
    if ((durationMs ?? 0) <= this.#options.maxTrackMs) return;
    throw new PlayerError('TRACK_TOO_LONG', 'the media exceeds the configured length', {
      details: { durationMs: durationMs ?? 0 },
    });
  }

  #assertSize({ totalBytes = 0 }: MediaHead): void {
    const { maxBytes } = this.#options;
    if (totalBytes <= maxBytes) return;
    throw new PlayerError('MEDIA_TOO_LARGE', 'the media exceeds the configured size', {
      details: { totalBytes, maxBytes },
    });
  }
}

/** A connection that is reset, or a server that stumbles, gets a second chance before anybody hears of it. */
async function fetchHead(url: URL, how: MediaHeadOptions): Promise<MediaHead> {
  let head: MediaHead;
  try {
    head = await fetchMediaHead(url, how);
  } catch (error) {
    if (!(error instanceof PlayerError && error.code === 'SOURCE_NETWORK')) throw error;
    head = await fetchMediaHead(url, how);
  }
  const isStationPage = likenessOf(head.bytes) === 'html' && /shoutcast/i.test(head.bytes.toString('latin1'));
  return isStationPage ? fetchMediaHead(url, { ...how, userAgent: PLAIN_USER_AGENT }) : head;
}

/** Icecast and its kin say so; others have neither a length nor a way to ask for a part. */
function isLive({ headers, totalBytes, seekable }: MediaHead): boolean {
  return isStationAnswer(headers) || (totalBytes === undefined && !seekable);
}

function trackOf(url: URL, head: MediaHead, description: MediaDescription): Track {
  return {
    source: 'http',
    identifier: url.href,
    title: mediaTitle(head, description, url),
    webpageUrl: url.href,
    durationMs: description.durationMs,
    isLive: false,
    channel: description.artist ?? url.hostname,
  };
}
