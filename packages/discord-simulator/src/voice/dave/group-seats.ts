import { VoiceOpcodes } from 'discord-api-types/voice/v8';
import type { GroupLedger, PendingProposal } from './group-ledger.ts';
import type { KeyPackage } from './mls-messages.ts';
import { vector } from './tls-codec.ts';

/** How the delivery service reaches a member; the member answers through the service's methods. */
export interface DaveParticipant {
  readonly userId: string;
  notify(op: number, d: unknown): void;
  notifyBinary(op: number, payload: Buffer): void;
}

export interface Seat {
  readonly participant: DaveParticipant;
  /** What the next Add is made of; gone once the member is in the group. */
  keyPackage: KeyPackage | undefined;
  /** It could not follow the group (opcode 31) and has to be removed and added anew. */
  rejoins: boolean;
}

const APPEND = 0;
const REVOKE = 1;

/** What opcode 27 carries to add proposals to those a member has. */
export function appendPayload(messages: readonly Buffer[]): Buffer {
  return Buffer.concat([Buffer.from([APPEND]), vector(...messages)]);
}

/** Everybody in an end-to-end encrypted channel, in the group or waiting for it. */
export class GroupSeats {
  readonly #ledger: GroupLedger;
  readonly #seats = new Map<string, Seat>();

  constructor(ledger: GroupLedger) {
    this.#ledger = ledger;
  }

  get size(): number {
    return this.#seats.size;
  }

  get all(): readonly Seat[] {
    return [...this.#seats.values()];
  }

  /** Those in the group who can follow it, and so commit. */
  get committers(): readonly Seat[] {
    return this.all.filter(
      ({ participant, rejoins }) => !rejoins && this.#ledger.leafOf(participant.userId) !== undefined,
    );
  }

  /** Those who can be added. */
  get waiting(): readonly Seat[] {
    return this.all.filter(({ keyPackage }) => keyPackage !== undefined);
  }

  get(userId: string): Seat | undefined {
    return this.#seats.get(userId);
  }

  add(participant: DaveParticipant): void {
    this.#seats.set(participant.userId, { participant, keyPackage: undefined, rejoins: false });
  }

  /** @returns Whether there was a seat to give up. */
  delete(userId: string): boolean {
    return this.#seats.delete(userId);
  }

  propose(to: readonly Seat[], proposals: readonly (PendingProposal | undefined)[]): void {
    const messages = proposals.flatMap((proposal) => (proposal === undefined ? [] : [proposal.message]));
    if (messages.length === 0) return;
    const payload = appendPayload(messages);
    for (const { participant } of to) participant.notifyBinary(VoiceOpcodes.DaveMlsProposals, payload);
  }

  /** Tells everybody who was sent the user's Add that it no longer stands. */
  withdrawAdd(userId: string): void {
    const withdrawn = this.#ledger.withdrawAdd(userId);
    if (withdrawn === undefined) return;
    const payload = Buffer.concat([Buffer.from([REVOKE]), vector(vector(withdrawn.reference))]);
    const recipients = this.#ledger.isFormed ? this.committers : this.waiting;
    for (const { participant } of recipients) {
      if (participant.userId !== userId) participant.notifyBinary(VoiceOpcodes.DaveMlsProposals, payload);
    }
  }
}
