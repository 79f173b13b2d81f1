import { createHistogram, type RecordableHistogram } from 'node:perf_hooks';
import { FRAME_MS } from '../audio/frame.ts';
import type { VoiceClock } from './voice-clock.ts';

/** The 20 ms are cut into so many slots, and the tickers spread over them: one long burst of sends becomes ten short ones. */
export const SLOTS_PER_FRAME = 10;
const SLOT_MS = FRAME_MS / SLOTS_PER_FRAME;

/**
 * So many tickers share a slot before the next one is opened: together they send for a tenth of a millisecond, while a slot
 * more is 50 wake-ups per second more, which cost a player with few streams more than all their packets.
 */
export const SLOT_FILL = 8;

/** After a stall so many frames are caught up; what was due before them is skipped. */
export const MAX_CATCH_UP_FRAMES = 5;

/** Timers fire up to a millisecond off: half of one early is on time. */
const EARLY_MS = 0.5;

/** Called once in 20 ms. */
export interface FrameTicker {
  /**
   * @param dueMs - When this frame belongs on the wire. After a stall it is more than 20 ms behind the one before.
   * @param nowMs - What time it really is.
   */
  tick(dueMs: number, nowMs: number): void;
  /** `tick` threw, and is not called any more. */
  onTickFault(error: unknown): void;
}

/** A place on the clock, from which a ticker gets up again. */
export class ClockSeat {
  readonly ticker: FrameTicker;
  readonly slot: number;
  /** The next slot, counted from the clock's start, in which this ticker is due. */
  nextSlot: number;
  readonly #leave: (seat: ClockSeat) => void;

  constructor(ticker: FrameTicker, nextSlot: number, leave: (seat: ClockSeat) => void) {
    this.ticker = ticker;
    this.slot = nextSlot % SLOTS_PER_FRAME;
    this.nextSlot = nextSlot;
    this.#leave = leave;
  }

  leave(): void {
    this.#leave(this);
  }
}

/**
 * The one clock by which everything on this thread is sent.
 *
 * The schedule is absolute: slot n is due at start + n * 2 ms, so lateness never adds up and no clock that somebody sets
 * can move it. It sleeps while nobody has a seat.
 */
export class FrameClock {
  /** How late ticks came, in microseconds. */
  readonly latenessUs: RecordableHistogram = createHistogram({ lowest: 1, highest: 60_000_000, figures: 2 });
  readonly #clock: VoiceClock;
  readonly #startMs: number;
  readonly #slots: ClockSeat[][] = Array.from({ length: SLOTS_PER_FRAME }, () => []);
  #nextSlot = 0;
  #seated = 0;
  #cancelWake: (() => void) | undefined;
  #wakeSlot = -1;
  readonly #wake = () => this.#run();
  readonly #leave = (seat: ClockSeat) => this.#remove(seat);

  constructor(clock: VoiceClock) {
    this.#clock = clock;
    this.#startMs = clock.monotonicMs();
  }

  /** Tickers with a seat. */
  get size(): number {
    return this.#seated;
  }

  /** Ticks from now on, in a slot that is begun and not full yet, or else in the emptiest; among equals, in the one that comes first. */
  add(ticker: FrameTicker): ClockSeat {
    if (this.#seated === 0) this.#nextSlot = this.#slotAt(this.#clock.monotonicMs()) + 1;
    let chosen = this.#nextSlot;
    for (let slot = chosen + 1; slot < this.#nextSlot + SLOTS_PER_FRAME; slot++) {
      if (isBetter(this.#seats(slot).length, this.#seats(chosen).length)) chosen = slot;
    }
    const seat = new ClockSeat(ticker, chosen, this.#leave);
    this.#seats(chosen).push(seat);
    this.#seated++;
    this.#schedule();
    return seat;
  }

  /** Trusts no wake-up that may be under way, and sets a new one. What fell due meanwhile is caught up as after any stall. */
  wakeAgain(): void {
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    this.#wakeSlot = -1;
    this.#schedule();
  }

  #seats(slot: number): ClockSeat[] {
    const seats = this.#slots[slot % SLOTS_PER_FRAME];
    if (seats === undefined) throw new RangeError(`bug: slot ${slot}`);
    return seats;
  }

  #slotAt(ms: number): number {
    return Math.floor((ms - this.#startMs + EARLY_MS) / SLOT_MS);
  }

  #remove(seat: ClockSeat): void {
    const seats = this.#seats(seat.slot);
    const index = seats.indexOf(seat);
    if (index === -1) return;
    const last = seats.pop();
    if (last !== undefined && last !== seat) seats[index] = last;
    this.#seated--;
    if (this.#seated > 0) return;
    this.#cancelWake?.();
    this.#cancelWake = undefined;
    this.#wakeSlot = -1;
  }

  #run(): void {
    this.#cancelWake = undefined;
    this.#wakeSlot = -1;
    const current = this.#slotAt(this.#clock.monotonicMs());
    const oldest = current - MAX_CATCH_UP_FRAMES * SLOTS_PER_FRAME + 1;
    for (let slot = Math.max(this.#nextSlot, oldest); slot <= current; slot++) {
      this.#nextSlot = slot + 1;
      this.#runSlot(slot);
    }
    this.#schedule();
  }

  /** From the back, because a ticker may leave meanwhile, and the last seat then moves to its place. */
  #runSlot(slot: number): void {
    const seats = this.#seats(slot);
    const dueMs = this.#startMs + slot * SLOT_MS;
    for (let index = seats.length - 1; index >= 0; index--) {
      const seat = seats[index];
      if (seat === undefined || seat.nextSlot > slot) continue;
      seat.nextSlot = slot + SLOTS_PER_FRAME;
      const nowMs = this.#clock.monotonicMs();
      this.latenessUs.record(Math.max(1, Math.round((nowMs - dueMs) * 1_000)));
      try {
        seat.ticker.tick(dueMs, nowMs);
      } catch (error) {
        seat.leave();
        seat.ticker.onTickFault(error);
      }
    }
  }

  #schedule(): void {
    if (this.#seated === 0) return;
    let slot = this.#nextSlot;
    while (this.#seats(slot).length === 0) slot++;
    if (slot === this.#wakeSlot) return;
    this.#cancelWake?.();
    this.#wakeSlot = slot;
    const waitMs = this.#startMs + slot * SLOT_MS - this.#clock.monotonicMs();
    this.#cancelWake = this.#clock.schedule(Math.max(0, Math.round(waitMs)), this.#wake);
  }
}

/** Whether a ticker rather goes where so many have a seat than where others have one. */
function isBetter(seats: number, others: number): boolean {
  const isBegun = seats > 0 && seats < SLOT_FILL;
  const othersAreBegun = others > 0 && others < SLOT_FILL;
  return isBegun === othersAreBegun ? seats < others : isBegun;
}
