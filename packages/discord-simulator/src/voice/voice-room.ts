import { VoiceOpcodes } from 'discord-api-types/voice/v8';
import { DeliveryService } from './dave/delivery-service.ts';
import { isDaveFrame, isSilenceFrame } from './dave/frame-layout.ts';
import type { VoiceContext } from './voice-context.ts';

/** Undocumented messages that production sends for each user; clients must ignore them. */
const CLIENT_FLAGS = 18;
const CLIENT_PLATFORM = 20;

/** How long someone who was alone may go on in plaintext after the first other member came. */
const FORMING_GROUP_MS = 5_000;

/** Clients prepare a frame ahead, so one more in plaintext may be under way when the group is complete. */
const IN_FLIGHT_MS = 250;

/** One frame on its way through the channel, transport encryption already removed. */
export interface RoomFrame {
  readonly payload: Buffer;
  readonly arrivedAtMs: number;
  readonly sequence: number;
  readonly timestamp: number;
  readonly ssrc: number;
  readonly fromUserId: string;
  /** Neither end-to-end encrypted nor silence, although the channel demands it. */
  readonly leaks: boolean;
}

/** Whoever sits in a voice channel: a client's session or a listener. */
export interface RoomMember {
  readonly userId: string;
  notify(op: number, d: unknown): void;
  notifyBinary(op: number, payload: Buffer): void;
  hear(frame: RoomFrame): void;
}

/** One voice channel: who is in it, and what each is told and hears of the others. */
export class VoiceRoom {
  readonly channelId: string;
  /** Its end-to-end encrypted group; `undefined` in a stage channel. */
  readonly delivery: DeliveryService | undefined;
  readonly #context: VoiceContext;
  readonly #members = new Map<string, RoomMember>();
  readonly #formingUntilMs = new Map<string, number>();

  constructor(channelId: string, dave: boolean, context: VoiceContext) {
    this.channelId = channelId;
    this.#context = context;
    if (!dave) return;
    this.delivery = new DeliveryService({
      channelId,
      transitionDeadlineMs: context.options.transitionDeadlineMs,
      report: (kind, userId, detail) => context.unexpected.add(kind, detail, { userId }),
      onExecuted: (userIds) => {
        const soonMs = performance.now() + IN_FLIGHT_MS;
        for (const userId of userIds)
          if (this.#formingUntilMs.has(userId)) this.#formingUntilMs.set(userId, soonMs);
      },
    });
  }

  get dave(): boolean {
    return this.delivery !== undefined;
  }

  get size(): number {
    return this.#members.size;
  }

  join(member: RoomMember): void {
    if (this.#members.has(member.userId)) throw new Error(`bug: ${member.userId} is already in the channel`);
    const others = [...this.#members.values()];
    if (others.length === 1 && others[0] !== undefined) {
      this.#formingUntilMs.set(others[0].userId, performance.now() + FORMING_GROUP_MS);
    }
    this.#members.set(member.userId, member);
    if (others.length > 0) {
      member.notify(VoiceOpcodes.ClientsConnect, { user_ids: others.map(({ userId }) => userId) });
    }
    for (const other of others) {
      announceClient(member, other.userId);
      other.notify(VoiceOpcodes.ClientsConnect, { user_ids: [member.userId] });
      announceClient(other, member.userId);
    }
    this.delivery?.join(member);
  }

  leave(member: RoomMember): void {
    if (this.#members.get(member.userId) !== member) return;
    this.#members.delete(member.userId);
    this.#formingUntilMs.delete(member.userId);
    this.delivery?.leave(member.userId);
    this.tellOthers(member, VoiceOpcodes.ClientDisconnect, { user_id: member.userId });
  }

  /** No timer outlives it. */
  close(): void {
    this.delivery?.close();
  }

  tellOthers(member: RoomMember, op: number, d: unknown): void {
    for (const other of this.#members.values()) if (other !== member) other.notify(op, d);
  }

  /** Passes a frame on to everyone else, and reports plaintext that must not be. */
  forward(from: RoomMember, frame: Omit<RoomFrame, 'fromUserId' | 'leaks'>): void {
    const { payload, arrivedAtMs, sequence, timestamp, ssrc } = frame;
    const leaks = this.#leaks(from, frame);
    const passed: RoomFrame = {
      payload,
      arrivedAtMs,
      sequence,
      timestamp,
      ssrc,
      fromUserId: from.userId,
      leaks,
    };
    for (const other of this.#members.values()) if (other !== from) other.hear(passed);
  }

  #leaks(from: RoomMember, frame: { readonly payload: Buffer; readonly arrivedAtMs: number }): boolean {
    if (this.delivery === undefined || this.#members.size < 2) return false;
    if (isDaveFrame(frame.payload) || isSilenceFrame(frame.payload)) return false;
    const formingUntilMs = this.#formingUntilMs.get(from.userId);
    if (formingUntilMs !== undefined && frame.arrivedAtMs < formingUntilMs) return false;
    this.#context.unexpected.add('plaintext-while-dave', `channel ${this.channelId}`, {
      userId: from.userId,
    });
    return true;
  }
}

function announceClient(to: RoomMember, userId: string): void {
  to.notify(CLIENT_FLAGS, { user_id: userId, flags: 2 });
  to.notify(CLIENT_PLATFORM, { user_id: userId, platform: 0 });
}
