/** What the measuring thread is started with. */
export interface MeasuringSettings {
  readonly ffmpegPath: string;
  /** Where bare program names are looked up. */
  readonly searchPath: string;
  /** An existing folder; the thread makes a private one inside for its children. */
  readonly temporaryFolder: string;
  readonly proxyUrl?: string | undefined;
  readonly limits: MeasuringLimits;
}

export interface MeasuringLimits {
  readonly maxTrackMs: number;
  /** What one measurement may download. */
  readonly maxMediaBytes: number;
  /** Until a connection is made, and again until its response begins. */
  readonly connectTimeoutMs: number;
  /** Between two pieces of sound, and from opening to the first. */
  readonly stallMs: number;
  /** From opening to the result. */
  readonly deadlineMs: number;
  /** Seconds of sound that are read in one second: what plays needs the network and the memory, too. */
  readonly maxSpeed: number;
  /** Of one decoder: its address space. */
  readonly decoderMemoryBytes: number;
}
