import { FRAME_MS, type FrameSource, SILENCE_FRAME, SILENCE_FRAMES_BEFORE_PAUSE } from '../audio/frame.ts';
import type { ClockSeat, FrameClock, FrameTicker } from './frame-clock.ts';
import type { FramePulse } from './frame-watchdog.ts';

/** A frame that leaves this much behind its time counts as late: a whole frame. */
export const LATE_AFTER_MS = FRAME_MS;

/** The way to the voice server, as long as it is open. */
export interface PacketSink {
  /** Whether a frame that left now would be encrypted for whoever can hear it. */
  readonly isSafe: boolean;
  /** Encrypts and sends one Opus frame; `false` when it could not. */
  send(frame: Buffer): boolean;
  /** Moves the RTP timestamp on by frames in which nothing was sent. */
  skip(frames: number): void;
  setSpeaking(speaking: boolean): void;
}

/** 20 ms frames since the session began: due = sent + missing + silence. */
export interface FrameCounts {
  due: number;
  /** Left with the source's audio in it. */
  sent: number;
  /** Of those sent, the ones that left more than 20 ms behind their time. */
  late: number;
  /** Had no audio to send although it was time: the source was not fast enough, or this thread stalled. */
  missing: number;
  /** Silence that was sent on purpose, behind a pause or an end. */
  silence: number;
}

/**
 * Sends the frames of one source at a time through whatever sink is attached.
 *
 * Nothing is taken from the source unless it is sent in the same tick, so the source's position is what was heard.
 * Five frames of silence go out before each break in transmission, and the RTP timestamp then moves on by the break's
 * length (RFC 3550, 5.1).
 *
 * @see https://discord.com/developers/docs/topics/voice-connections#voice-data-interpolation
 */
export class FrameSender implements FrameTicker {
  readonly counts: FrameCounts = { due: 0, sent: 0, late: 0, missing: 0, silence: 0 };
  readonly #clock: FrameClock;
  readonly #onFault: (error: unknown) => void;
  #source: FrameSource | undefined;
  #sink: PacketSink | undefined;
  #seat: ClockSeat | undefined;
  #isPaused = false;
  #isHeld = false;
  #ticks = 0;
  /** The source has given everything. */
  #isDrained = false;
  #silenceOwed = 0;
  /** When the next frame of an unbroken run is due; NaN outside of one. */
  #nextDueMs = Number.NaN;
  #lastPacketDueMs = Number.NaN;

  constructor(clock: FrameClock, onFault: (error: unknown) => void) {
    this.#clock = clock;
    this.#onFault = onFault;
  }

  get isPaused(): boolean {
    return this.#isPaused;
  }

  /** Replaces the source; its first frame takes the place of the old one's next. */
  play(source: FrameSource): void {
    this.#source = source;
    this.#isDrained = false;
    this.#update();
  }

  stop(): void {
    this.#source = undefined;
    this.#update();
  }

  /** @returns Whether anything changed. */
  pause(): boolean {
    if (this.#isPaused) return false;
    this.#isPaused = true;
    this.#update();
    return true;
  }

  /** @returns Whether anything changed. */
  unpause(): boolean {
    if (!this.#isPaused) return false;
    this.#isPaused = false;
    this.#update();
    return true;
  }

  /** Like a pause, for a reason that is not a person's wish: nobody may hear us at present. */
  hold(isHeld: boolean): void {
    this.#isHeld = isHeld;
    this.#update();
  }

  /** What the watchdog compares. */
  get pulse(): FramePulse {
    return {
      isDue: this.#sink !== undefined && this.#isFlowing && this.#source?.status === 'flowing',
      ticks: this.#ticks,
      sent: this.counts.sent,
      isSafe: this.#sink?.isSafe ?? true,
    };
  }

  /** Sets the clock going again, for whoever noticed that it does not tick. What fell due meanwhile counts as missing. */
  restart(): void {
    this.#seat?.leave();
    this.#seat = undefined;
    this.#clock.wakeAgain();
    this.#update();
  }

  /** `undefined` closes the tap: not even silence leaves, and the source waits. */
  attach(sink: PacketSink | undefined): void {
    if (this.#sink === sink) return;
    this.#sink = sink;
    this.#silenceOwed = 0;
    this.#lastPacketDueMs = Number.NaN;
    this.#nextDueMs = Number.NaN;
    this.#update();
  }

  tick(dueMs: number, nowMs: number): void {
    const sink = this.#sink;
    const source = this.#source;
    this.#ticks++;
    if (sink === undefined) return;
    if (source === undefined || !this.#isFlowing) {
      this.#windDown(sink, dueMs);
      return;
    }
    const frame = source.next();
    if (frame !== undefined) this.#sendFrame(sink, frame, dueMs, nowMs);
    else if (isOver(source)) this.#windDown(sink, dueMs);
    else this.#starve(sink, dueMs);
    // In time for the next track to take the next tick. What failed may still give what it has buffered.
    this.#isDrained = frame === undefined ? isOver(source) : source.status === 'ended';
  }

  onTickFault(error: unknown): void {
    this.#seat = undefined;
    this.#onFault(error);
  }

  get #isFlowing(): boolean {
    return this.#source !== undefined && !this.#isPaused && !this.#isHeld && !this.#isDrained;
  }

  /** Takes or leaves the seat on the clock, depending on whether there is anything to do there. */
  #update(): void {
    const isFlowing = this.#isFlowing;
    if (!isFlowing) this.#nextDueMs = Number.NaN;
    if (this.#sink === undefined || (!isFlowing && this.#silenceOwed === 0)) {
      this.#rest();
      return;
    }
    if (isFlowing) this.#sink.setSpeaking(true); // Discord wants it before the first RTP packet
    this.#seat ??= this.#clock.add(this);
  }

  #rest(): void {
    this.#seat?.leave();
    this.#seat = undefined;
    this.#nextDueMs = Number.NaN;
  }

  /** Counts this frame, and those the clock skipped after a stall. */
  #countDue(dueMs: number): void {
    const skipped = Math.round((dueMs - this.#nextDueMs) / FRAME_MS);
    if (skipped > 0) {
      this.counts.due += skipped;
      this.counts.missing += skipped;
    }
    this.#nextDueMs = dueMs + FRAME_MS;
    this.counts.due++;
  }

  #sendFrame(sink: PacketSink, frame: Buffer, dueMs: number, nowMs: number): void {
    this.#countDue(dueMs);
    this.#silenceOwed = SILENCE_FRAMES_BEFORE_PAUSE;
    if (!this.#transmit(sink, frame, dueMs)) {
      this.counts.missing++;
      return;
    }
    this.counts.sent++;
    if (nowMs - dueMs > LATE_AFTER_MS) this.counts.late++;
  }

  /** The source is behind: silence fills in for a moment, then nothing is sent until it has caught up. */
  #starve(sink: PacketSink, dueMs: number): void {
    this.#countDue(dueMs);
    this.counts.missing++;
    this.#transmitSilence(sink, dueMs);
  }

  #windDown(sink: PacketSink, dueMs: number): void {
    if (this.#transmitSilence(sink, dueMs)) {
      this.counts.due++;
      this.counts.silence++;
    }
    if (this.#silenceOwed === 0) this.#rest();
  }

  #transmitSilence(sink: PacketSink, dueMs: number): boolean {
    if (this.#silenceOwed === 0) return false;
    this.#silenceOwed--;
    const sent = this.#transmit(sink, SILENCE_FRAME, dueMs);
    if (this.#silenceOwed === 0) sink.setSpeaking(false);
    return sent;
  }

  #transmit(sink: PacketSink, frame: Buffer, dueMs: number): boolean {
    const unsent = Math.round((dueMs - this.#lastPacketDueMs) / FRAME_MS) - 1;
    if (unsent > 0) sink.skip(unsent);
    this.#lastPacketDueMs = dueMs;
    return sink.send(frame);
  }
}

function isOver({ status }: FrameSource): boolean {
  return status === 'ended' || status === 'failed';
}
