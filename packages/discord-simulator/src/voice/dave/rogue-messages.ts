import { VoiceOpcodes } from 'discord-api-types/voice/v8';
import type { DeliveryService } from './delivery-service.ts';

/** Binary messages no correct gateway sends; some of them were seen in production. */
export type RogueMessage =
  /** Opcode 27, correctly signed: an Add of somebody opcode 11 never announced. */
  | 'proposal-of-unknown-user'
  /** Opcode 27 that is no MLS message. */
  | 'garbled-proposals'
  /** Opcode 29 that is no MLS message: a client answers with opcode 31 and a new key package. */
  | 'garbled-commit'
  /** Opcode 30 that is no MLS message. */
  | 'garbled-welcome'
  /** Opcode 25 while there is a group already. */
  | 'external-sender-again';

const GARBAGE = Buffer.from('not what MLS looks like');
/** An id no transition has. */
const TRANSITION = Buffer.from([0xff, 0xf0]);

export function createRogueMessage(
  kind: RogueMessage,
  delivery: DeliveryService,
  strangersKeyPackage: Buffer,
): { readonly op: number; readonly payload: Buffer } {
  switch (kind) {
    case 'proposal-of-unknown-user':
      return { op: VoiceOpcodes.DaveMlsProposals, payload: delivery.forgeAdd(strangersKeyPackage) };
    case 'garbled-proposals':
      return { op: VoiceOpcodes.DaveMlsProposals, payload: Buffer.concat([Buffer.from([0]), GARBAGE]) };
    case 'garbled-commit':
      return {
        op: VoiceOpcodes.DaveMlsAnnounceCommitTransition,
        payload: Buffer.concat([TRANSITION, GARBAGE]),
      };
    case 'garbled-welcome':
      return { op: VoiceOpcodes.DaveMlsWelcome, payload: Buffer.concat([TRANSITION, GARBAGE]) };
    case 'external-sender-again':
      return { op: VoiceOpcodes.DaveMlsExternalSender, payload: delivery.externalSender };
  }
}
