export { BotHandle } from './actors/bot-handle.ts';
export {
  ChannelHandle,
  type SeenChange,
  TextChannelHandle,
  VoiceChannelHandle,
} from './actors/channel-handle.ts';
export { GuildHandle } from './actors/guild-handle.ts';
export { Invocation, NoResponse } from './actors/invocation.ts';
export { Moderator } from './actors/moderator.ts';
export type { OptionValue, OptionValues } from './actors/option-values.ts';
export { controlsOf } from './actors/pressable.ts';
export { renderMessage } from './actors/render-message.ts';
export { type RunOptions, UserHandle } from './actors/user-handle.ts';
export type { WaitOptions } from './actors/wait.ts';
export type {
  CallLog,
  CallLogEntry,
  GatewayEntry,
  RestCallEntry,
  Unexpected,
  UnexpectedKind,
} from './call-log.ts';
export { type Clock, ManualClock, systemClock } from './clock.ts';
export type { GatewayFaults, RestFaults, RoutePattern, VoiceAnswerFaults } from './faults.ts';
export { DiscordSimulator, startDiscordSimulator } from './simulator.ts';
export type { GuildSpec, SimulatorOptions } from './simulator-options.ts';
export type { VoiceServerOptions } from './voice/voice-context.ts';
export type { DatagramFault, VoiceFaults, Withholdable } from './voice/voice-faults.ts';
export type { VoiceServer } from './voice/voice-server.ts';
export type { HeardFrame, VoiceBackend, VoiceListener } from './voice-seam.ts';
export type { PermissionName } from './world/permissions.ts';
