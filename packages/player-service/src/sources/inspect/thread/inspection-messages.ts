/** What the inspection thread is started with. */
export interface InspectionSettings {
  readonly ffprobe: string;
  /** Where bare program names are looked up. */
  readonly searchPath: string;
  /** An existing folder; the thread makes a private one inside for its children. */
  readonly temporaryFolder: string;
  /** The egress guard. */
  readonly proxyUrl: string;
}

/** Media to be described. */
export type InspectionJob =
  | { readonly kind: 'url'; readonly address: string }
  /** An absolute path. */
  | { readonly kind: 'file'; readonly address: string };
