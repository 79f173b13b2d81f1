/** How much may be spent on one row. */
export interface BenchOptions {
  /** A look whether it still runs: few streams, short windows, one repetition. Its figures mean nothing. */
  readonly quick: boolean;
  /** How long a run that looks for drift lasts. */
  readonly minutes: number;
}

/** A table as it stands in the document; every cell is finished text. */
export interface BenchTable {
  readonly title: string;
  readonly columns: readonly string[];
  readonly rows: readonly (readonly string[])[];
  /** How it was measured, in a sentence or two. */
  readonly note: string;
}

/** One thing that is measured, side by side with what it is compared to. */
export interface BenchRow {
  /** For `--only`, and the name of its place in the document. */
  readonly name: string;
  /** Left out of a run of all rows: it takes as long as it is told to. */
  readonly onRequest?: boolean;
  /** Tables, or finished Markdown. */
  run(options: BenchOptions): Promise<readonly (BenchTable | string)[]>;
}
