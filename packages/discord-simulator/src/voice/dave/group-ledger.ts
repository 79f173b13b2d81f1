import type { ExternalSender, SignedProposal } from './external-sender.ts';
import type { Commit, KeyPackage, Welcome } from './mls-messages.ts';

/** A change of membership that awaits a commit. */
export type PendingProposal = SignedProposal &
  (
    | { readonly kind: 'add'; readonly userId: string; readonly keyPackage: KeyPackage }
    | { readonly kind: 'remove'; readonly leaf: number }
  );

export type CommitVerdict = 'valid' | 'stale' | 'unwelcoming' | { readonly invalid: string };

/**
 * What a delivery service knows of a group it is no member of: epoch, leaves, proposals.
 *
 * Before the first commit there is no group: every member proposes to itself in one of its own, at epoch 0.
 */
export class GroupLedger {
  readonly #groupId: Buffer;
  readonly #sender: ExternalSender;
  /** Never emptied: a group that is reset begins at epoch 0 anew, and a commit to the one before may still be under way. */
  readonly #issued = new Set<string>();
  #pending: PendingProposal[] = [];
  #leaves: (string | undefined)[] = [];
  #epoch = 0n;

  constructor(groupId: Buffer, sender: ExternalSender) {
    this.#groupId = groupId;
    this.#sender = sender;
  }

  get epoch(): bigint {
    return this.#epoch;
  }

  get isFormed(): boolean {
    return this.#epoch > 0n;
  }

  get pending(): readonly PendingProposal[] {
    return this.#pending;
  }

  leafOf(userId: string): number | undefined {
    const leaf = this.#leaves.indexOf(userId);
    return leaf < 0 ? undefined : leaf;
  }

  add(userId: string, keyPackage: KeyPackage): PendingProposal {
    const signed = this.#sender.proposeAdd(this.#groupId, this.#epoch, keyPackage.bytes);
    return this.#issue({ ...signed, kind: 'add', userId, keyPackage });
  }

  /** @returns `undefined` when the leaf is already about to be removed. */
  remove(leaf: number): PendingProposal | undefined {
    if (this.#pending.some((proposal) => proposal.kind === 'remove' && proposal.leaf === leaf))
      return undefined;
    return this.#issue({
      ...this.#sender.proposeRemove(this.#groupId, this.#epoch, leaf),
      kind: 'remove',
      leaf,
    });
  }

  /** @returns The Add of the user that no longer stands. */
  withdrawAdd(userId: string): PendingProposal | undefined {
    const withdrawn = this.#pending.find((proposal) => proposal.kind === 'add' && proposal.userId === userId);
    this.#pending = this.#pending.filter((proposal) => proposal !== withdrawn);
    return withdrawn;
  }

  /** Forgets the group and everything proposed. */
  reset(): void {
    this.#startEpoch(0n);
    this.#leaves = [];
  }

  /**
   * Judges a commit: of this epoch, by a member, referring to exactly what its sender was sent, welcoming whom it adds.
   * A commit that lost the race against another, a new proposal or the end of the group is stale, which is nobody's fault;
   * one without the Welcome for those it adds is unwelcoming.
   */
  judge(userId: string, commit: Commit, welcome: Welcome | undefined): CommitVerdict {
    if (!commit.groupId.equals(this.#groupId)) return { invalid: 'commit to another group' };
    if (commit.epoch !== this.#epoch) return 'stale';
    const leaf = this.isFormed ? this.leafOf(userId) : 0;
    if (leaf !== commit.senderLeaf) return { invalid: `commit of leaf ${commit.senderLeaf}` };
    const references = commit.references.map((reference) => reference?.toString('hex'));
    if (references.includes(undefined)) return { invalid: 'commit with an inline proposal' };
    if (!references.every((reference) => this.#issued.has(issuedKey(commit.epoch, reference)))) {
      return { invalid: 'commit to a proposal nobody made' };
    }
    const expected = this.#expectedOf(userId);
    if (expected.length === 0 || !sameSet(references, expected.map(hexReference))) return 'stale';
    const added = expected.flatMap((proposal) =>
      proposal.kind === 'add' ? [proposal.keyPackage.reference] : [],
    );
    const welcomed = (welcome?.addressees ?? []).map((reference) => reference.toString('hex'));
    const complete = sameSet(
      welcomed,
      added.map((reference) => reference.toString('hex')),
    );
    return complete ? 'valid' : 'unwelcoming';
  }

  /**
   * Applies a valid commit: removes first, then adds, each at the leftmost blank leaf, in the commit's order.
   *
   * @returns Whom it added.
   */
  apply(userId: string, commit: Commit): { readonly userId: string; readonly reference: Buffer }[] {
    if (!this.isFormed) this.#leaves = [userId];
    const byReference = new Map(this.#pending.map((proposal) => [hexReference(proposal), proposal]));
    const ordered = commit.references.flatMap(
      (reference) => byReference.get(`${reference?.toString('hex')}`) ?? [],
    );
    for (const proposal of ordered) if (proposal.kind === 'remove') this.#leaves[proposal.leaf] = undefined;
    const added = ordered.flatMap((proposal) => (proposal.kind === 'add' ? [proposal] : []));
    for (const proposal of added) {
      const blank = this.#leaves.indexOf(undefined);
      this.#leaves[blank < 0 ? this.#leaves.length : blank] = proposal.userId;
    }
    this.#startEpoch(this.#epoch + 1n);
    return added.map((proposal) => ({ userId: proposal.userId, reference: proposal.keyPackage.reference }));
  }

  // In a group everybody is sent everything; before it, each the Adds of the others.
  #expectedOf(userId: string): readonly PendingProposal[] {
    if (this.isFormed) return this.#pending;
    return this.#pending.filter((proposal) => proposal.kind !== 'add' || proposal.userId !== userId);
  }

  #issue(proposal: PendingProposal): PendingProposal {
    this.#pending.push(proposal);
    this.#issued.add(issuedKey(this.#epoch, hexReference(proposal)));
    return proposal;
  }

  #startEpoch(epoch: bigint): void {
    this.#epoch = epoch;
    this.#pending = [];
  }
}

function issuedKey(epoch: bigint, reference: string | undefined): string {
  return `${epoch} ${reference}`;
}

function hexReference(proposal: PendingProposal): string {
  return proposal.reference.toString('hex');
}

function sameSet(left: readonly unknown[], right: readonly unknown[]): boolean {
  const set = new Set(left);
  return set.size === left.length && left.length === right.length && right.every((item) => set.has(item));
}
