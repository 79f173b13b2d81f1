import type { ServiceProcess } from './service-process.ts';

/** What a supervised service is doing; each state owns exactly what it must close. */
export type SupervisedServiceState =
  | { readonly status: 'idle' }
  | { readonly status: 'starting' }
  | { readonly status: 'running'; readonly service: ServiceProcess; readonly sinceMs: number }
  | { readonly status: 'waiting'; readonly cancel: () => void }
  | { readonly status: 'stopping' }
  | { readonly status: 'ended'; readonly exitCode: number };

export type SupervisedServiceStatus = SupervisedServiceState['status'];

/** Every legal move. `ended` is final. */
export const supervisedServiceMoves: Readonly<
  Record<SupervisedServiceStatus, readonly SupervisedServiceStatus[]>
> = {
  idle: ['starting', 'ended'],
  starting: ['running', 'waiting', 'stopping', 'ended'],
  running: ['waiting', 'stopping', 'ended'],
  waiting: ['starting', 'ended'],
  stopping: ['ended'],
  ended: [],
};
