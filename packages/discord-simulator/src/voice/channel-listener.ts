import type { HeardFrame, VoiceListener } from '../voice-seam.ts';
import { BoundedRing } from './bounded-ring.ts';
import { decodeFrames } from './decode-frames.ts';
import { SequenceHoles } from './sequence-holes.ts';
import type { RoomFrame, RoomMember, VoiceRoom } from './voice-room.ts';

/** A member of a voice channel that never speaks and keeps what it hears. */
export class ChannelListener implements VoiceListener, RoomMember {
  readonly userId: string;
  readonly #room: VoiceRoom;
  readonly #onLeft: (listener: ChannelListener) => void;
  readonly #frames: BoundedRing<HeardFrame>;
  readonly #holes = new SequenceHoles();
  readonly #listeners = new Set<(frame: HeardFrame) => void>();
  readonly #counts = { received: 0, decrypted: 0, undecryptable: 0, plaintextWhileDave: 0 };

  constructor(options: {
    readonly userId: string;
    readonly room: VoiceRoom;
    readonly maxFrames: number;
    readonly onLeft: (listener: ChannelListener) => void;
  }) {
    this.userId = options.userId;
    this.#room = options.room;
    this.#onLeft = options.onLeft;
    this.#frames = new BoundedRing(options.maxFrames);
  }

  get frames(): readonly HeardFrame[] {
    return this.#frames.toArray();
  }

  get counts(): VoiceListener['counts'] {
    return { ...this.#counts, lost: this.#holes.lost };
  }

  on(_event: 'frame', fn: (frame: HeardFrame) => void): () => void {
    this.#listeners.add(fn);
    return () => this.#listeners.delete(fn);
  }

  pcm(only: { sinceMs?: number; fromUserId?: string } = {}): Buffer {
    const { sinceMs = 0, fromUserId } = only;
    return decodeFrames(
      this.frames.filter(
        (frame) =>
          frame.arrivedAtMs >= sinceMs && (fromUserId === undefined || frame.fromUserId === fromUserId),
      ),
    );
  }

  async leave(): Promise<void> {
    this.#room.leave(this);
    this.#listeners.clear();
    this.#onLeft(this);
  }

  notify(_op: number, _d: unknown): void {}

  notifyBinary(_op: number, _payload: Buffer): void {}

  hear(frame: RoomFrame): void {
    this.#counts.received++;
    this.#holes.add(frame.ssrc, frame.sequence);
    if (frame.leaks) this.#counts.plaintextWhileDave++;
    this.#deliver(frame, frame.payload, 'transport-only');
  }

  #deliver(frame: RoomFrame, opus: Buffer, encrypted: HeardFrame['encrypted']): void {
    const { arrivedAtMs, sequence, timestamp, ssrc, fromUserId } = frame;
    const heard: HeardFrame = { opus, arrivedAtMs, sequence, timestamp, ssrc, fromUserId, encrypted };
    this.#frames.push(heard);
    for (const listener of this.#listeners) listener(heard);
  }
}
