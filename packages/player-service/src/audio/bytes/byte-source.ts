/** The bytes of one media, which can be opened anywhere and more than once. */
export interface ByteSource {
  /**
   * @throws PlayerError with the code that says why there are no bytes; or `signal.reason` when aborted.
   */
  open(offset: number, signal: AbortSignal): Promise<ByteStream>;
}

export interface ByteStream {
  /** Where `chunks` begins. Not always where it was asked to: a server without ranges begins at 0. */
  readonly offset: number;
  /** Of the whole media; absent for a live stream. */
  readonly totalBytes: number | undefined;
  /** Whether the source can be opened at an offset. */
  readonly isSeekable: boolean;
  /** One pass over the rest. Leaving the loop closes the stream; it throws a `PlayerError` when the source fails midway. */
  readonly chunks: AsyncIterable<Buffer>;
}
