export { type Cancel, type Clock, systemClock } from './clock.ts';
export * from './commands/command-client.ts';
export * from './commands/command-server.ts';
export type { Peer } from './commands/handshake.ts';
export { assertInTime, isOverdue } from './commands/time-to-live.ts';
export type { PlayerAvailability } from './events/availability.ts';
export * from './events/event-publisher.ts';
export * from './events/event-subscriber.ts';
export * from './events/guild-feed.ts';
export { replayAfter, type SnapshotHead } from './events/replay.ts';
export type { ChannelProblem } from './problem.ts';
export { KEY_FILES, type KeyOwner, readKeyFile, writeKeyFiles } from './security/key-files.ts';
export { generateKeyPair, type KeyPair } from './security/key-pair.ts';
export {
  assertEndpointAllowed,
  type BindSecurity,
  type BotCurve,
  type ConnectSecurity,
  type NoCurve,
  type PlayerCurve,
  readTransportSecurity,
  SECURITY_VARIABLES,
} from './security/transport-security.ts';
