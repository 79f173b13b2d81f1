import { VoiceOpcodes } from 'discord-api-types/voice/v8';
import type { DeliveryService } from './delivery-service.ts';
import type { DaveFrame } from './frame-layout.ts';
import type { GroupMember } from './group-member.ts';
import { MediaKeyRing } from './media-key-ring.ts';

const FIRST_EPOCH = 1;

export interface GroupFollowerOptions {
  readonly userId: string;
  readonly member: GroupMember;
  readonly delivery: DeliveryService;
  readonly keyRetentionMs: number;
  /** A message of the gateway or of another member could not be processed. */
  readonly onFailure: (error: Error) => void;
}

/** Answers the gateway for one member: key packages, commits, readiness. One message is finished before the next. */
export class GroupFollower {
  readonly #options: GroupFollowerOptions;
  readonly #keys: MediaKeyRing;
  #tail: Promise<void> = Promise.resolve();
  #waiting = 0;
  #left = false;

  constructor(options: GroupFollowerOptions) {
    this.#options = options;
    this.#keys = new MediaKeyRing(options.keyRetentionMs);
  }

  /** Whether all messages received so far are processed. */
  get isSettled(): boolean {
    return this.#waiting === 0;
  }

  /** Runs the task after the messages received so far. */
  afterMessages(task: () => void): void {
    this.#enqueue(async () => task());
  }

  /** Whether this sender's frames can be expected to open. */
  expects(userId: string): boolean {
    return this.#keys.expects(userId);
  }

  open(userId: string, frame: DaveFrame): Buffer | undefined {
    return this.#keys.open(userId, frame);
  }

  onMessage(op: number, d: unknown): void {
    if (op !== VoiceOpcodes.DavePrepareEpoch || (d as { epoch: number }).epoch !== FIRST_EPOCH) return;
    this.#enqueue(async () => {
      this.#keys.endEpoch();
      await this.#startOver();
    });
  }

  onBinary(op: number, payload: Buffer): void {
    this.#enqueue(async () => {
      try {
        await this.#process(op, payload);
      } catch (error) {
        this.#options.onFailure(error as Error);
        await this.#recover();
      }
    });
  }

  /** Answers nothing from here on. */
  leave(): void {
    this.#left = true;
  }

  /** Resolves when everything received so far is processed. */
  async settled(): Promise<void> {
    while (this.#waiting > 0) await this.#tail;
  }

  async #process(op: number, payload: Buffer): Promise<void> {
    const { member, delivery, userId } = this.#options;
    switch (op) {
      case VoiceOpcodes.DaveMlsExternalSender:
        await member.setExternalSender(payload);
        if (!this.#left) delivery.onKeyPackage(userId, member.keyPackage);
        return;
      case VoiceOpcodes.DaveMlsProposals: {
        const commit = await member.processProposals(payload);
        if (commit !== undefined && !this.#left) delivery.onCommit(userId, commit);
        return;
      }
      case VoiceOpcodes.DaveMlsAnnounceCommitTransition:
        await member.processCommit(payload.subarray(2));
        return this.#enterEpoch(payload.readUInt16BE());
      case VoiceOpcodes.DaveMlsWelcome:
        await member.processWelcome(payload.subarray(2));
        return this.#enterEpoch(payload.readUInt16BE());
    }
  }

  async #enterEpoch(transitionId: number): Promise<void> {
    const { member, delivery, userId } = this.#options;
    const secrets = new Map<string, Buffer>();
    for (const sender of member.memberIds) {
      if (sender !== userId) secrets.set(sender, await member.baseSecretOf(sender));
    }
    this.#keys.startEpoch(secrets);
    if (!this.#left) delivery.onTransitionReady(userId, transitionId);
  }

  async #recover(): Promise<void> {
    if (this.#left) return;
    this.#options.delivery.onInvalidCommitWelcome(this.#options.userId);
    await this.#startOver();
  }

  async #startOver(): Promise<void> {
    const { member, delivery, userId } = this.#options;
    await member.startOver();
    if (!this.#left) delivery.onKeyPackage(userId, member.keyPackage);
  }

  #enqueue(task: () => Promise<void>): void {
    this.#waiting++;
    this.#tail = this.#tail.then(async () => {
      try {
        if (!this.#left) await task();
      } catch (error) {
        this.#options.onFailure(error as Error);
      } finally {
        this.#waiting--;
      }
    });
  }
}
