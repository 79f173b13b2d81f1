import { generateSignatureKeyPair, referenceOf, type SignatureKeyPair, signWithLabel } from './mls-crypto.ts';
import { CONTENT_PROPOSAL, MLS_10, PUBLIC_MESSAGE } from './mls-messages.ts';
import { u16, u32, u64, vector } from './tls-codec.ts';

const SENDER_EXTERNAL = 2;
const PROPOSAL_ADD = 1;
const PROPOSAL_REMOVE = 3;
const BASIC_CREDENTIAL = 1;
/** Who the gateway says it is; production's bytes are not documented and no client looks at them. */
const IDENTITY = u64(0n);

/** A proposal the gateway signed. */
export interface SignedProposal {
  /** MLSMessage. */
  readonly message: Buffer;
  /** ProposalRef, 32 bytes. */
  readonly reference: Buffer;
}

/**
 * The voice gateway as MLS sees it: the one external sender of a group, who alone proposes.
 *
 * @see https://github.com/discord/dave-protocol/blob/main/protocol.md#external-sender
 */
export class ExternalSender {
  readonly #keys: SignatureKeyPair = generateSignatureKeyPair();

  /** What opcode 25 carries. */
  get announcement(): Buffer {
    return Buffer.concat([vector(this.#keys.publicKey), u16(BASIC_CREDENTIAL), vector(IDENTITY)]);
  }

  proposeAdd(groupId: Buffer, epoch: bigint, keyPackage: Buffer): SignedProposal {
    return this.#propose(groupId, epoch, Buffer.concat([u16(PROPOSAL_ADD), keyPackage]));
  }

  proposeRemove(groupId: Buffer, epoch: bigint, leaf: number): SignedProposal {
    return this.#propose(groupId, epoch, Buffer.concat([u16(PROPOSAL_REMOVE), u32(leaf)]));
  }

  // An external sender signs without the group context: it has none.
  #propose(groupId: Buffer, epoch: bigint, proposal: Buffer): SignedProposal {
    const content = Buffer.concat([
      vector(groupId),
      u64(epoch),
      Buffer.from([SENDER_EXTERNAL]),
      u32(0),
      vector(),
      Buffer.from([CONTENT_PROPOSAL]),
      proposal,
    ]);
    const toBeSigned = Buffer.concat([u16(MLS_10), u16(PUBLIC_MESSAGE), content]);
    const signature = vector(signWithLabel(this.#keys.privateKey, 'FramedContentTBS', toBeSigned));
    return {
      message: Buffer.concat([toBeSigned, signature]),
      reference: referenceOf('Proposal', Buffer.concat([u16(PUBLIC_MESSAGE), content, signature])),
    };
  }
}
