import { VoiceOpcodes } from 'discord-api-types/voice/v8';
import type { UnexpectedKind } from '../unexpected-log.ts';
import { ExternalSender } from './external-sender.ts';
import { GroupLedger } from './group-ledger.ts';
import { appendPayload, type DaveParticipant, GroupSeats, type Seat } from './group-seats.ts';
import {
  type Commit,
  type KeyPackage,
  parseCommitWelcome,
  parseKeyPackage,
  type Welcome,
} from './mls-messages.ts';
import { u16, u64 } from './tls-codec.ts';
import { Transitions } from './transitions.ts';

export interface DeliveryServiceOptions {
  readonly channelId: string;
  readonly transitionDeadlineMs: number;
  readonly report: (kind: UnexpectedKind, userId: string, detail: string) => void;
  /** A transition was executed: from now on these members encrypt. */
  readonly onExecuted: (userIds: readonly string[]) => void;
}

const DAVE_VERSION = 1;
/** Of Adds in one epoch, before a client's commits are given up. */
const MAX_RENEWALS = 5;

/**
 * The voice gateway's part in DAVE: it proposes who is added and removed, and picks the first valid commit. It knows no key.
 *
 * Assumed, because production cannot be seen from outside: the order of the first messages, that no opcode 24 precedes
 * the first group, and the numbering of transitions.
 *
 * @see https://github.com/discord/dave-protocol/blob/main/protocol.md
 */
export class DeliveryService {
  readonly #options: DeliveryServiceOptions;
  readonly #groupId: Buffer;
  readonly #sender = new ExternalSender();
  readonly #ledger: GroupLedger;
  readonly #transitions: Transitions;
  readonly #seats: GroupSeats;
  #renewals = 0;

  constructor(options: DeliveryServiceOptions) {
    this.#options = options;
    this.#groupId = u64(BigInt(options.channelId));
    this.#ledger = new GroupLedger(this.#groupId, this.#sender);
    this.#seats = new GroupSeats(this.#ledger);
    this.#transitions = new Transitions({
      deadlineMs: options.transitionDeadlineMs,
      execute: (id, members) => this.#onExecuted(id, members),
    });
  }

  /** 0 while there is no group. */
  get epoch(): bigint {
    return this.#ledger.epoch;
  }

  /** An opcode 27 payload nobody else is sent and nobody may commit. */
  forgeAdd(keyPackage: Buffer): Buffer {
    const { message } = this.#sender.proposeAdd(this.#groupId, this.#ledger.epoch, keyPackage);
    return appendPayload([message]);
  }

  /** What opcode 25 carries. */
  get externalSender(): Buffer {
    return this.#sender.announcement;
  }

  join(participant: DaveParticipant): void {
    this.#seats.add(participant);
    participant.notifyBinary(VoiceOpcodes.DaveMlsExternalSender, this.#sender.announcement);
  }

  leave(userId: string): void {
    if (!this.#seats.delete(userId)) return;
    this.#transitions.forget(userId);
    this.#seats.withdrawAdd(userId);
    const leaf = this.#ledger.leafOf(userId);
    if (leaf === undefined) return;
    const [last] = this.#seats.all;
    if (this.#seats.committers.length === 0) this.#dissolve();
    else if (this.#seats.size === 1 && last !== undefined) this.#resetSoleMember(last);
    else this.#seats.propose(this.#seats.committers, [this.#ledger.remove(leaf)]);
  }

  close(): void {
    this.#transitions.clear();
  }

  /** Opcode 26. */
  onKeyPackage(userId: string, bytes: Buffer): void {
    const seat = this.#seats.get(userId);
    if (seat === undefined) {
      this.#unexpected(userId, 'key package of no member of the channel');
      return;
    }
    const keyPackage = this.#read(userId, 'dave-bad-key-package', () => parseKeyPackage(bytes));
    if (keyPackage === undefined) return;
    if (!keyPackage.identity.equals(u64(BigInt(userId)))) {
      this.#options.report('dave-bad-key-package', userId, 'key package of somebody else');
      return;
    }
    const leaf = this.#ledger.leafOf(userId);
    if (leaf !== undefined && !seat.rejoins) {
      this.#unexpected(userId, 'key package of a group member');
      return;
    }
    this.#seats.withdrawAdd(userId);
    seat.keyPackage = keyPackage;
    if (!this.#ledger.isFormed) {
      this.#welcomeToForming(seat, keyPackage);
      return;
    }
    const removal = leaf === undefined ? undefined : this.#ledger.remove(leaf);
    this.#seats.propose(this.#seats.committers, [removal, this.#ledger.add(userId, keyPackage)]);
  }

  /** Opcode 28. */
  onCommit(userId: string, bytes: Buffer): void {
    const seat = this.#seats.get(userId);
    if (seat === undefined || seat.rejoins) {
      this.#unexpected(userId, 'commit of no group member');
      return;
    }
    const parsed = this.#read(userId, 'dave-bad-commit', () => parseCommitWelcome(bytes));
    if (parsed === undefined) return;
    const { commit, welcome } = parsed;
    const verdict = this.#ledger.judge(userId, commit, welcome);
    if (verdict === 'stale') return;
    if (verdict === 'unwelcoming') {
      this.#renewAdds(userId);
      return;
    }
    if (verdict !== 'valid') {
      this.#options.report('dave-bad-commit', userId, verdict.invalid);
      return;
    }

    this.#adopt(seat, commit, welcome);
  }

  /** Opcode 23. */
  onTransitionReady(userId: string, transitionId: number): void {
    this.#transitions.ready(transitionId, userId);
  }

  /** Opcode 31: the member could not process a commit or welcome. Its new key package follows by itself. */
  onInvalidCommitWelcome(userId: string): void {
    const seat = this.#seats.get(userId);
    if (seat === undefined || this.#ledger.leafOf(userId) === undefined) {
      this.#unexpected(userId, 'invalid commit or welcome without a group');
      return;
    }
    seat.rejoins = true;
    this.#transitions.forget(userId);
    if (this.#seats.committers.length === 0) this.#dissolve();
  }

  /** The commit won: its followers are told of it, whom it adds are welcomed, and all have to be ready. */
  #adopt(committer: Seat, commit: Commit, welcome: Welcome | undefined): void {
    const before = this.#ledger.isFormed ? this.#seats.committers : [committer];
    const added = this.#ledger.apply(committer.participant.userId, commit);
    const id = this.#transitions.nextId();
    const members: string[] = [];
    this.#renewals = 0;
    committer.keyPackage = undefined;
    for (const { participant } of before) {
      if (this.#ledger.leafOf(participant.userId) === undefined) continue;
      const payload = Buffer.concat([u16(id), commit.bytes]);
      participant.notifyBinary(VoiceOpcodes.DaveMlsAnnounceCommitTransition, payload);
      members.push(participant.userId);
    }
    for (const { userId, reference } of added) {
      const joined = this.#seats.get(userId);
      if (joined === undefined || welcome === undefined) continue;
      joined.keyPackage = undefined;
      joined.rejoins = false;
      const payload = Buffer.concat([u16(id), welcome.reducedTo(reference)]);
      joined.participant.notifyBinary(VoiceOpcodes.DaveMlsWelcome, payload);
      members.push(userId);
    }
    this.#transitions.begin(id, members);
  }

  // A newcomer is sent the Adds of the others only now: before its key package it could commit but not be added.
  #welcomeToForming(seat: Seat, keyPackage: KeyPackage): void {
    const { userId } = seat.participant;
    const earlier = [...this.#ledger.pending];
    const own = this.#ledger.add(userId, keyPackage);
    this.#seats.propose(
      this.#seats.waiting.filter((other) => other !== seat),
      [own],
    );
    this.#seats.propose([seat], earlier);
  }

  /** Nobody is left who could commit: those who wait form a new group. */
  #dissolve(): void {
    this.#ledger.reset();
    this.#transitions.clear();
    for (const seat of this.#seats.all) seat.rejoins = false;
    this.#formAnew();
  }

  /** Those who wait enter once more, one after the other. */
  #formAnew(): void {
    const waiting = this.#seats.waiting.map((seat) => ({ seat, keyPackage: seat.keyPackage }));
    for (const { seat } of waiting) seat.keyPackage = undefined;
    for (const { seat, keyPackage } of waiting) {
      seat.keyPackage = keyPackage;
      if (keyPackage !== undefined) this.#welcomeToForming(seat, keyPackage);
    }
  }

  /**
   * Replaces the Adds by new ones, so that the newest proposals a member was sent hold them.
   *
   * davey 0.1.12 leaves the Welcome out of a commit whenever the *last* opcode 27 before it held no Add, although the
   * commit adds members by an earlier one. What production does then is not known; without this nobody ever gets in.
   */
  #renewAdds(committer: string): void {
    if (this.#renewals >= MAX_RENEWALS) {
      this.#options.report('dave-bad-commit', committer, 'commit that does not welcome whom it adds');
      return;
    }
    this.#renewals++;
    const adds = this.#ledger.pending.flatMap((proposal) => (proposal.kind === 'add' ? [proposal] : []));
    for (const { userId } of adds) this.#seats.withdrawAdd(userId);
    if (!this.#ledger.isFormed) {
      this.#formAnew();
      return;
    }
    this.#seats.propose(
      this.#seats.committers,
      adds.map(({ userId, keyPackage }) => this.#ledger.add(userId, keyPackage)),
    );
  }

  #resetSoleMember(seat: Seat): void {
    this.#ledger.reset();
    this.#transitions.clear();
    seat.keyPackage = undefined;
    seat.rejoins = false;
    seat.participant.notify(VoiceOpcodes.DavePrepareEpoch, { protocol_version: DAVE_VERSION, epoch: 1 });
    seat.participant.notify(VoiceOpcodes.DavePrepareTransition, {
      protocol_version: DAVE_VERSION,
      transition_id: 0,
    });
  }

  #onExecuted(id: number, members: readonly string[]): void {
    const present = members.filter((userId) => this.#seats.get(userId) !== undefined);
    for (const userId of present) {
      this.#seats.get(userId)?.participant.notify(VoiceOpcodes.DaveExecuteTransition, { transition_id: id });
    }
    this.#options.onExecuted(present);
  }

  #read<T>(userId: string, kind: UnexpectedKind, parse: () => T): T | undefined {
    try {
      return parse();
    } catch (error) {
      this.#options.report(kind, userId, (error as Error).message);
      return undefined;
    }
  }

  #unexpected(userId: string, detail: string): void {
    this.#options.report('dave-unexpected-message', userId, detail);
  }
}
