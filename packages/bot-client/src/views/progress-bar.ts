const CELLS = 20;

/** A line of 20 cells with a knob at the position; a full line when the length is unknown. */
export function progressBar(positionMs: number, durationMs: number | null): string {
  if (durationMs === null || durationMs <= 0) return '━'.repeat(CELLS);
  const knob = Math.min(CELLS - 1, Math.max(0, Math.floor((positionMs / durationMs) * CELLS)));
  return `${'━'.repeat(knob)}●${'─'.repeat(CELLS - 1 - knob)}`;
}
