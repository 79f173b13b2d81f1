import { VoiceOpcodes } from 'discord-api-types/voice/v8';
import type { CiphersuiteImpl } from 'ts-mls';
import { beforeAll, expect, onTestFinished, test } from 'vitest';
import { DeliveryService } from './delivery-service.ts';
import { GroupMember } from './group-member.ts';
import type { DaveParticipant } from './group-seats.ts';
import { createDaveCiphersuite } from './mls-ciphersuite.ts';
import { parseCommitWelcome } from './mls-messages.ts';

const CHANNEL = '200000000000000001';
const [ANNA, BEN, CARL] = ['400000000000000001', '400000000000000002', '400000000000000003'] as const;
let suite: CiphersuiteImpl;

beforeAll(async () => {
  suite = await createDaveCiphersuite();
});

/** A member that answers only when a test says so. */
class Guest implements DaveParticipant {
  readonly userId: string;
  readonly member: GroupMember;
  readonly json: { op: number; d: unknown }[] = [];
  readonly inbox: { op: number; payload: Buffer }[] = [];

  constructor(userId: string, member: GroupMember) {
    this.userId = userId;
    this.member = member;
  }

  notify(op: number, d: unknown): void {
    this.json.push({ op, d });
  }

  notifyBinary(op: number, payload: Buffer): void {
    this.inbox.push({ op, payload });
  }

  /** Removes and returns the oldest message, which must be this one. */
  take(op: number): Buffer {
    const message = this.inbox.shift();
    expect(message?.op).toBe(op);
    return message?.payload ?? Buffer.alloc(0);
  }
}

class Party {
  readonly reports: string[] = [];
  readonly executed: (readonly string[])[] = [];
  readonly service = new DeliveryService({
    channelId: CHANNEL,
    transitionDeadlineMs: 50,
    report: (kind, userId, detail) => this.reports.push(`${kind} ${userId}: ${detail}`),
    onExecuted: (userIds) => this.executed.push(userIds),
  });

  constructor() {
    onTestFinished(() => this.service.close());
  }

  /** Enters with a key package at once. */
  async admit(userId: string): Promise<Guest> {
    const guest = new Guest(userId, await GroupMember.create({ suite, userId, channelId: CHANNEL }));
    this.service.join(guest);
    await guest.member.setExternalSender(guest.take(VoiceOpcodes.DaveMlsExternalSender));
    this.service.onKeyPackage(userId, guest.member.keyPackage);
    return guest;
  }

  /** The guest commits to everything it was sent, and everybody follows. */
  async commit(guest: Guest): Promise<void> {
    let commit: Buffer | undefined;
    while (guest.inbox[0]?.op === VoiceOpcodes.DaveMlsProposals) {
      commit = await guest.member.processProposals(guest.take(VoiceOpcodes.DaveMlsProposals));
    }
    if (commit === undefined) throw new Error('nothing to commit');
    this.service.onCommit(guest.userId, commit);
  }
}

async function follow(guest: Guest): Promise<number> {
  for (let id = -1; ; ) {
    const message = guest.inbox.shift();
    if (message === undefined) return id;
    if (message.op === VoiceOpcodes.DaveMlsProposals) await guest.member.processProposals(message.payload);
    if (message.op === VoiceOpcodes.DaveMlsAnnounceCommitTransition) {
      id = message.payload.readUInt16BE();
      await guest.member.processCommit(message.payload.subarray(2));
    }
    if (message.op === VoiceOpcodes.DaveMlsWelcome) {
      id = message.payload.readUInt16BE();
      await guest.member.processWelcome(message.payload.subarray(2));
    }
  }
}

async function formed(): Promise<{ party: Party; anna: Guest; ben: Guest }> {
  const party = new Party();
  const anna = await party.admit(ANNA);
  const ben = await party.admit(BEN);
  await party.commit(anna);
  await follow(anna);
  await follow(ben);
  expect(anna.member.privacyCode).toBe(ben.member.privacyCode);
  return { party, anna, ben };
}

test('one member alone is proposed nothing', async () => {
  const party = new Party();
  const anna = await party.admit(ANNA);
  expect(anna.inbox).toEqual([]);
  expect(party.service.epoch).toBe(0n);
});

test('of two commits the first wins and the other is no fault', async () => {
  const party = new Party();
  const anna = await party.admit(ANNA);
  const ben = await party.admit(BEN);
  const annas = await anna.member.processProposals(anna.take(VoiceOpcodes.DaveMlsProposals));
  const bens = await ben.member.processProposals(ben.take(VoiceOpcodes.DaveMlsProposals));

  party.service.onCommit(BEN, bens ?? Buffer.alloc(0));
  party.service.onCommit(ANNA, annas ?? Buffer.alloc(0));

  expect(anna.inbox.map(({ op }) => op)).toEqual([VoiceOpcodes.DaveMlsWelcome]);
  expect(ben.inbox.map(({ op }) => op)).toEqual([VoiceOpcodes.DaveMlsAnnounceCommitTransition]);
  await follow(anna);
  await follow(ben);
  expect(party.service.epoch).toBe(1n);
  expect(anna.member.privacyCode).toBe(ben.member.privacyCode);
  expect(party.reports).toEqual([]);
});

test('late-commit-to-a-dissolved-group: one that was under way when its group ended is no fault, one to a forged Add still is', async () => {
  const party = new Party();
  const anna = await party.admit(ANNA);
  const ben = await party.admit(BEN);
  const late = await anna.member.processProposals(anna.take(VoiceOpcodes.DaveMlsProposals));
  await party.commit(ben);
  party.service.leave(BEN);
  expect(party.service.epoch).toBe(0n);
  party.service.onCommit(ANNA, late ?? Buffer.alloc(0));
  expect(party.reports).toEqual([]);

  await anna.member.startOver();
  const carl = await GroupMember.create({ suite, userId: CARL, channelId: CHANNEL });
  const forged = await anna.member.processProposals(party.service.forgeAdd(carl.keyPackage));
  party.service.onCommit(ANNA, forged ?? Buffer.alloc(0));
  expect(party.reports).toEqual([`dave-bad-commit ${ANNA}: commit to a proposal nobody made`]);
});

test('a transition is executed when all are ready, and without those who are late', async () => {
  const party = new Party();
  const anna = await party.admit(ANNA);
  const ben = await party.admit(BEN);
  await party.commit(anna);
  const id = await follow(anna);
  party.service.onTransitionReady(ANNA, id);
  expect(party.executed).toEqual([]);
  party.service.onTransitionReady(BEN, await follow(ben));
  expect(party.executed).toEqual([[ANNA, BEN]]);
  expect(anna.json).toEqual([{ op: VoiceOpcodes.DaveExecuteTransition, d: { transition_id: id } }]);

  const carl = await party.admit(CARL);
  await party.commit(ben);
  await follow(carl);
  await expect.poll(() => party.executed.length).toBe(2);
});

test('a commit that misses a proposal made since is stale; the one that follows is taken', async () => {
  const { party, anna, ben } = await formed();
  const carl = await party.admit(CARL);
  const early = await anna.member.processProposals(anna.take(VoiceOpcodes.DaveMlsProposals));
  party.service.leave(BEN);

  party.service.onCommit(ANNA, early ?? Buffer.alloc(0));
  expect(party.service.epoch).toBe(1n);
  await party.commit(anna);
  await follow(anna);
  await follow(carl);

  expect(party.service.epoch).toBe(2n);
  expect(anna.member.privacyCode).toBe(carl.member.privacyCode);
  expect(carl.member.memberIds).toEqual([ANNA, CARL]);
  expect(ben.inbox.filter(({ op }) => op !== VoiceOpcodes.DaveMlsProposals)).toEqual([]);
  expect(party.reports).toEqual([]);
});

test('an Add whose subject left is revoked and may not be committed', async () => {
  const { party, anna } = await formed();
  await party.admit(CARL);
  const add = anna.take(VoiceOpcodes.DaveMlsProposals);
  const early = await anna.member.processProposals(add);
  party.service.leave(CARL);

  const nothing = await anna.member.processProposals(anna.take(VoiceOpcodes.DaveMlsProposals));
  party.service.onCommit(ANNA, early ?? Buffer.alloc(0));

  expect(nothing).toBeUndefined();
  expect(party.service.epoch).toBe(1n);
  expect(party.reports).toEqual([]);
});

test('the leaf of one who left is given to the next', async () => {
  const { party, anna, ben } = await formed();
  const carl = await party.admit(CARL);
  await party.commit(anna);
  for (const guest of [anna, ben, carl]) await follow(guest);
  party.service.leave(BEN);
  await party.commit(carl);
  for (const guest of [anna, carl]) await follow(guest);

  const again = await party.admit(BEN);
  await party.commit(anna);
  for (const guest of [anna, carl, again]) await follow(guest);

  expect(again.member.memberIds).toEqual([ANNA, BEN, CARL]);
  expect(new Set([anna, carl, again].map(({ member }) => member.privacyCode)).size).toBe(1);
  expect(party.reports).toEqual([]);
});

test('the last member starts over with epoch 1 at once', async () => {
  const { party, anna } = await formed();

  party.service.leave(BEN);

  expect(anna.json).toEqual([
    { op: VoiceOpcodes.DavePrepareEpoch, d: { protocol_version: 1, epoch: 1 } },
    { op: VoiceOpcodes.DavePrepareTransition, d: { protocol_version: 1, transition_id: 0 } },
  ]);
  await anna.member.startOver();
  party.service.onKeyPackage(ANNA, anna.member.keyPackage);
  const carl = await party.admit(CARL);
  await party.commit(carl);
  await follow(anna);
  await follow(carl);
  expect(anna.member.privacyCode).toBe(carl.member.privacyCode);
});

test('a member that could not follow is removed and added with its new key package', async () => {
  const { party, anna, ben } = await formed();
  party.service.onInvalidCommitWelcome(BEN);
  await ben.member.startOver();
  party.service.onKeyPackage(BEN, ben.member.keyPackage);

  await party.commit(anna);
  await follow(anna);
  await follow(ben);

  expect(party.service.epoch).toBe(2n);
  expect(anna.member.memberIds).toEqual([ANNA, BEN]);
  expect(anna.member.privacyCode).toBe(ben.member.privacyCode);
});

test('when nobody can follow any more a new group is formed', async () => {
  const { party, anna, ben } = await formed();
  for (const guest of [anna, ben]) {
    party.service.onInvalidCommitWelcome(guest.userId);
    await guest.member.startOver();
    party.service.onKeyPackage(guest.userId, guest.member.keyPackage);
  }
  expect(party.service.epoch).toBe(0n);
  await follow(ben);
  const proposals = anna.inbox.filter(({ op }) => op === VoiceOpcodes.DaveMlsProposals).at(-1);
  anna.inbox.length = 0;
  party.service.onCommit(
    ANNA,
    (await anna.member.processProposals(proposals?.payload ?? Buffer.alloc(0))) ?? Buffer.alloc(0),
  );
  await follow(anna);
  await follow(ben);

  expect(party.service.epoch).toBe(1n);
  expect(anna.member.privacyCode).toBe(ben.member.privacyCode);
});

test('key packages that are garbage, of somebody else, altered or not asked for are reported and ignored', async () => {
  const { party, anna, ben } = await formed();
  const altered = Buffer.from(anna.member.keyPackage);
  altered.writeUInt8(altered.readUInt8(40) ^ 1, 40);
  party.service.onInvalidCommitWelcome(BEN);

  party.service.onKeyPackage(BEN, Buffer.from('garbage'));
  party.service.onKeyPackage(BEN, anna.member.keyPackage);
  party.service.onKeyPackage(BEN, altered);
  party.service.onKeyPackage(ANNA, anna.member.keyPackage);
  party.service.onKeyPackage(CARL, anna.member.keyPackage);

  expect(anna.inbox).toEqual([]);
  expect(ben.inbox).toEqual([]);
  expect(party.reports.map((report) => report.split(' ')[0])).toEqual([
    'dave-bad-key-package',
    'dave-bad-key-package',
    'dave-bad-key-package',
    'dave-unexpected-message',
    'dave-unexpected-message',
  ]);
});

test('commits that are garbage or of a stranger are reported and change nothing', async () => {
  const { party, anna } = await formed();
  await party.admit(CARL);
  const commit =
    (await anna.member.processProposals(anna.take(VoiceOpcodes.DaveMlsProposals))) ?? Buffer.alloc(0);

  party.service.onCommit(ANNA, Buffer.from('garbage'));
  party.service.onCommit(BEN, commit);
  party.service.onCommit('1', commit);

  expect(party.service.epoch).toBe(1n);
  expect(party.reports.map((report) => report.split(' ')[0])).toEqual([
    'dave-bad-commit',
    'dave-bad-commit',
    'dave-unexpected-message',
  ]);
});

test('a commit without the welcome for whom it adds is not taken: the Adds are proposed anew', async () => {
  const { party, anna, ben } = await formed();
  const carl = await party.admit(CARL);
  const commit =
    (await anna.member.processProposals(anna.take(VoiceOpcodes.DaveMlsProposals))) ?? Buffer.alloc(0);

  party.service.onCommit(ANNA, parseCommitWelcome(commit).commit.bytes);
  expect(party.service.epoch).toBe(1n);
  await party.commit(anna);
  for (const guest of [anna, ben, carl]) await follow(guest);

  expect(party.service.epoch).toBe(2n);
  expect(new Set([anna, ben, carl].map(({ member }) => member.privacyCode)).size).toBe(1);
  expect(party.reports).toEqual([]);
});

test('a client that never welcomes anybody is given up and reported', async () => {
  const { party, anna } = await formed();
  await party.admit(CARL);
  for (let i = 0; i <= 5; i++) {
    let commit: Buffer | undefined;
    while (anna.inbox.length > 0)
      commit = await anna.member.processProposals(anna.take(VoiceOpcodes.DaveMlsProposals));
    party.service.onCommit(ANNA, parseCommitWelcome(commit ?? Buffer.alloc(0)).commit.bytes);
  }

  expect(party.reports).toEqual([`dave-bad-commit ${ANNA}: commit that does not welcome whom it adds`]);
  expect(anna.inbox).toEqual([]);
});
