import type { VoiceBackend } from '../voice-seam.ts';
import type { CommandRegistry } from '../world/command-registry.ts';
import type { InteractionLedger } from '../world/interaction-ledger.ts';
import type { MessageBoard } from '../world/message-board.ts';
import type { VoicePresence } from '../world/voice-presence.ts';
import type { World } from '../world/world.ts';

/** What the people in the simulated Discord act upon. */
export interface ActorContext {
  readonly world: World;
  readonly board: MessageBoard;
  readonly commands: CommandRegistry;
  readonly interactions: InteractionLedger;
  readonly voice: VoicePresence;
  readonly voiceBackend: VoiceBackend;
}
