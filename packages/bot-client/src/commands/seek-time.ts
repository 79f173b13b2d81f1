/** Where to jump to: a position from the beginning, or a distance from where the track is. */
export type SeekTime =
  | { readonly kind: 'absolute'; readonly ms: number }
  | { readonly kind: 'relative'; readonly ms: number };

/** Nothing lasts longer; it also keeps the arithmetic exact. */
const MAX_MS = 100 * 3_600_000;

const CLOCK = /^(?:(\d{1,3}):([0-5]?\d):([0-5]?\d)|(\d{1,4}):([0-5]?\d)|(\d{1,6}))(?:\.(\d{1,3}))?$/;
const UNITS = /^(?=\d)(?:(\d{1,3})\s*h)?\s*(?:(\d{1,4})\s*m(?:in)?)?\s*(?:(\d{1,6})\s*s(?:ec)?)?$/i;

/**
 * Reads "1:30", "1:02:03", "90", "90.5", "1m30s", and with a sign a distance: "+15", "-10", "+1:00".
 *
 * @returns `null` when it is no time.
 */
export function parseSeekTime(text: string): SeekTime | null {
  const trimmed = text.trim().replace(/^[−–]/, '-');
  const sign = /^[+-]/.exec(trimmed)?.[0];
  const ms = readMs(sign === undefined ? trimmed : trimmed.slice(1).trim());
  if (ms === null || ms > MAX_MS) return null;
  if (sign === undefined) return { kind: 'absolute', ms };
  return { kind: 'relative', ms: sign === '-' ? -ms : ms };
}

function readMs(text: string): number | null {
  const clock = CLOCK.exec(text);
  if (clock !== null) {
    const [, hours, hourMinutes, hourSeconds, minutes, minuteSeconds, seconds, fraction = ''] = clock;
    const total =
      Number(hours ?? 0) * 3_600 +
      Number(hourMinutes ?? minutes ?? 0) * 60 +
      Number(hourSeconds ?? minuteSeconds ?? seconds ?? 0);
    return total * 1_000 + Number(fraction.padEnd(3, '0'));
  }
  const units = UNITS.exec(text);
  if (units === null) return null;
  const [, hours = 0, minutes = 0, seconds = 0] = units;
  return (Number(hours) * 3_600 + Number(minutes) * 60 + Number(seconds)) * 1_000;
}
