/** What was found in media; nothing in it is needed to play. */
export interface MediaDescription {
  readonly durationMs?: number | undefined;
  readonly title?: string | undefined;
  readonly artist?: string | undefined;
}

/** Looks into media for length and tags. Nothing is known of what it cannot read; whoever plays it finds out why. */
export interface MediaProbe {
  /**
   * @param url - Canonical http or https; whatever it leads to is fetched through the guard.
   * @throws `signal.reason` once aborted.
   */
  describeUrl(url: string, signal: AbortSignal): Promise<MediaDescription>;
  /**
   * @param path - Absolute.
   * @throws `signal.reason` once aborted.
   */
  describeFile(path: string, signal: AbortSignal): Promise<MediaDescription>;
}
