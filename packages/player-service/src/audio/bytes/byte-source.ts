/** The bytes of one media, which can be opened anywhere and more than once. */
export interface ByteSource {
  /**
   * @param maxBytes - So many are wanted. It spares whoever sends them; a source that cannot end there goes on.
   * @throws PlayerError with the code that says why there are no bytes; or `signal.reason` when aborted.
   */
  open(offset: number, signal: AbortSignal, maxBytes?: number): Promise<ByteStream>;
}

export interface ByteStream {
  /** Where `chunks` begins. Not always where it was asked to: a server without ranges begins at 0. */
  readonly offset: number;
  /** Of the whole media; absent for a live stream. */
  readonly totalBytes: number | undefined;
  /** Whether the source can be opened at an offset. */
  readonly isSeekable: boolean;
  /** One pass over the rest, or over as much as was wanted. Leaving the loop closes the stream; it throws a `PlayerError` when the source fails midway. */
  readonly chunks: AsyncIterable<Buffer>;
}
