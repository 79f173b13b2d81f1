import type { HeardFrame, VoiceListener } from '../voice-seam.ts';
import { BoundedRing } from './bounded-ring.ts';
import { parseDaveFrame } from './dave/frame-layout.ts';
import { GroupFollower } from './dave/group-follower.ts';
import type { GroupMember } from './dave/group-member.ts';
import { decodeFrames } from './decode-frames.ts';
import { SequenceHoles } from './sequence-holes.ts';
import type { VoiceContext } from './voice-context.ts';
import type { RoomFrame, RoomMember, VoiceRoom } from './voice-room.ts';

export interface ChannelListenerOptions {
  readonly userId: string;
  readonly room: VoiceRoom;
  readonly context: VoiceContext;
  /** What it takes part in the encrypted group with; `undefined` where there is none. */
  readonly member: GroupMember | undefined;
  readonly onLeft: (listener: ChannelListener) => void;
}

/** A member of a voice channel that never speaks, keeps what it hears and, with DAVE, decrypts it by its own keys. */
export class ChannelListener implements VoiceListener, RoomMember, AsyncDisposable {
  readonly userId: string;
  readonly #options: ChannelListenerOptions;
  readonly #follower: GroupFollower | undefined;
  readonly #frames: BoundedRing<HeardFrame>;
  readonly #holes = new SequenceHoles();
  readonly #listeners = new Set<(frame: HeardFrame) => void>();
  readonly #counts = { received: 0, decrypted: 0, undecryptable: 0, plaintextWhileDave: 0, beforeGroup: 0 };
  #left = false;

  constructor(options: ChannelListenerOptions) {
    const { userId, room, context, member } = options;
    this.userId = userId;
    this.#options = options;
    this.#frames = new BoundedRing(context.options.listenerFrames);
    if (member === undefined || room.delivery === undefined) return;
    this.#follower = new GroupFollower({
      userId,
      member,
      delivery: room.delivery,
      keyRetentionMs: context.options.keyRetentionMs,
      onFailure: (error) => context.unexpected.add('listener-failed', error.message, { userId }),
    });
  }

  get frames(): readonly HeardFrame[] {
    return this.#frames.toArray();
  }

  /** `beforeGroup` counts frames sealed before sender and listener shared a group; they are no failures. */
  get counts(): VoiceListener['counts'] & { beforeGroup: number } {
    return { ...this.#counts, lost: this.#holes.lost };
  }

  /** The 30 digits that all members of the encrypted group see; `undefined` without a group. */
  get privacyCode(): string | undefined {
    return this.#options.member?.privacyCode;
  }

  /** Everybody in the encrypted group, oneself included; empty without a group. */
  get groupMemberIds(): readonly string[] {
    return this.#options.member?.memberIds ?? [];
  }

  on(_event: 'frame', fn: (frame: HeardFrame) => void): () => void {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  }

  pcm(only: { sinceMs?: number; fromUserId?: string } = {}): Buffer {
    const { sinceMs = 0, fromUserId } = only;
    const wanted = this.frames.filter(
      (frame) =>
        frame.arrivedAtMs >= sinceMs && (fromUserId === undefined || frame.fromUserId === fromUserId),
    );
    return decodeFrames(wanted);
  }

  async leave(): Promise<void> {
    if (this.#left) return;
    this.#left = true;
    this.#follower?.leave();
    this.#options.room.leave(this);
    this.#listeners.clear();
    this.#options.onLeft(this);
    await this.#follower?.settled();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.leave();
  }

  notify(op: number, d: unknown): void {
    this.#follower?.onMessage(op, d);
  }

  notifyBinary(op: number, payload: Buffer): void {
    this.#follower?.onBinary(op, payload);
  }

  hear(frame: RoomFrame): void {
    if (this.#left) return;
    this.#counts.received++;
    this.#holes.add(frame.ssrc, frame.sequence);
    if (this.#follower === undefined) this.#deliver(frame, frame.payload, 'transport-only');
    else if (this.#follower.isSettled) this.#decrypt(frame);
    else this.#follower.afterMessages(() => this.#decrypt(frame));
  }

  #decrypt(frame: RoomFrame): void {
    const sealed = parseDaveFrame(frame.payload);
    if (sealed === undefined) {
      if (frame.leaks) this.#counts.plaintextWhileDave++;
      this.#deliver(frame, frame.payload, 'transport-only');
      return;
    }
    const opus = this.#follower?.open(frame.fromUserId, sealed);
    if (opus !== undefined) {
      this.#counts.decrypted++;
      this.#deliver(frame, opus, 'dave');
    } else if (this.#follower?.expects(frame.fromUserId) === true) {
      this.#counts.undecryptable++;
      this.#options.context.unexpected.add('dave-undecryptable', `from ${frame.fromUserId}`, {
        userId: this.userId,
      });
    } else {
      this.#counts.beforeGroup++;
    }
  }

  #deliver(frame: RoomFrame, opus: Buffer, encrypted: HeardFrame['encrypted']): void {
    const { arrivedAtMs, sequence, timestamp, ssrc, fromUserId } = frame;
    const heard: HeardFrame = { opus, arrivedAtMs, sequence, timestamp, ssrc, fromUserId, encrypted };
    this.#frames.push(heard);
    for (const listener of this.#listeners) listener(heard);
  }
}
