/** Something with a socket or a timer behind it. Closing it twice does no harm. */
export interface Closeable {
  close(): void;
}
