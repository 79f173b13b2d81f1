/** How the bytes of a track are reached. Produced by a source, consumed by the audio engine; lives minutes, never stored. */
export type Media = HttpMedia | HlsMedia | RadioMedia | FileMedia;

export interface MediaTraits {
  /** What the source claims to be inside; a hint only: the engine looks at the bytes before it believes it. */
  readonly container?: 'webm' | 'ogg' | 'mp4' | 'mp3' | 'flac' | 'wav' | 'adts' | undefined;
  readonly codec?: 'opus' | 'aac' | 'mp3' | 'vorbis' | 'flac' | 'pcm' | undefined;
  /** Length of the whole track in milliseconds where known; an end much before it is a failure. */
  readonly durationMs?: number | undefined;
  readonly isLive: boolean;
}

export interface HttpMedia extends MediaTraits {
  readonly kind: 'http';
  /** May be signed and short-lived: never logged, never stored, never sent to the bot. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Epoch milliseconds after which the URL must be resolved again. */
  readonly expiresAtMs?: number | undefined;
}

/** An HLS playlist (RFC 8216), of media or of other playlists. What it names is fetched under the same rules as the playlist. */
export interface HlsMedia extends Omit<HttpMedia, 'kind'> {
  readonly kind: 'hls';
}

/** A station (Icecast, SHOUTcast): it has no end and no past, and may tell what it plays. When its bytes end, it was lost. */
export interface RadioMedia extends MediaTraits {
  readonly kind: 'radio';
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly isLive: true;
}

export interface FileMedia extends MediaTraits {
  readonly kind: 'file';
  /** Absolute, already checked to lie under the configured root. */
  readonly path: string;
}
