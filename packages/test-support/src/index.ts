export * from './clock.ts';
export { INSIDE_ADDRESSES } from './inside-addresses.ts';
export { markdownTable, readMarkedTables } from './marked-tables.ts';
export { PostgresCluster, postgresFolder } from './postgres-cluster.ts';
export {
  channelOf,
  pitchHz,
  residualOfSine,
  rmsDb,
  steepestStep,
  toneLevelDb,
  tonePhase,
} from './spectrum.ts';
export { type PcmFormat, synthesize, type Tone, wavFile } from './tone.ts';
export { UnreliableNetwork } from './unreliable-network.ts';
