import type { PlainFailure } from './plain-failure.ts';

export type ToJobThread<Job> =
  | { readonly type: 'job'; readonly id: number; readonly job: Job }
  /** It is answered as any other: by its failure, or by a result that was on its way. */
  | { readonly type: 'cancel'; readonly id: number }
  /** Cancel everything and exit. */
  | { readonly type: 'shutdown' };

export type FromJobThread<Result> =
  | { readonly type: 'started' }
  | { readonly type: 'done'; readonly id: number; readonly result: Result }
  | { readonly type: 'failed'; readonly id: number; readonly failure: PlainFailure };
