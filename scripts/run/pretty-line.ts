import { styleText } from 'node:util';

const LEVEL_STYLES: Readonly<Record<string, 'gray' | 'green' | 'yellow' | 'red'>> = {
  trace: 'gray',
  debug: 'gray',
  info: 'green',
  warn: 'yellow',
  error: 'red',
  fatal: 'red',
};

/** Fields that the line shows elsewhere or that say nothing on one machine. */
const HIDDEN = new Set(['level', 'time', 'msg', 'pid', 'hostname', 'name', 'service', 'v', 'err']);

/**
 * One line of a service's JSON log as a person reads it: `12:00:01 player info  message  guildId=1`. A line that is
 * not such JSON (a crash of Node itself, say) is shown as it is behind the service's name.
 */
export function prettyLine(service: string, line: string): string {
  const record = parseRecord(line);
  const name = styleText('cyan', service.padEnd(7));
  if (record === undefined) return `${' '.repeat(8)} ${name} ${line}`;
  const level = String(record['level']);
  const fields = Object.entries(record)
    .filter(([key]) => !HIDDEN.has(key))
    .map(([key, value]) => styleText('gray', `${key}=${fieldText(value)}`));
  const message = typeof record['msg'] === 'string' ? record['msg'] : '';
  const head = [
    clockTime(record['time']),
    name,
    styleText(LEVEL_STYLES[level] ?? 'gray', level.padEnd(5)),
    message,
  ];
  return [...head, ...fields].join(' ') + errorText(record['err']);
}

function parseRecord(line: string): Readonly<Record<string, unknown>> | undefined {
  if (!line.startsWith('{')) return undefined;
  try {
    const record = JSON.parse(line);
    return 'level' in record ? record : undefined;
  } catch {
    // Not a log record: a line that merely starts with a brace.
    return undefined;
  }
}

/** @param time ISO 8601 */
function clockTime(time: unknown): string {
  const date = new Date(typeof time === 'string' ? time : Number.NaN);
  return Number.isNaN(date.getTime()) ? ' '.repeat(8) : date.toTimeString().slice(0, 8);
}

function fieldText(value: unknown): string {
  return typeof value === 'string' ? value : JSON.stringify(value);
}

function errorText(error: unknown): string {
  if (typeof error !== 'object' || error === null) return '';
  const { stack, message } = error as { stack?: unknown; message?: unknown };
  const text = typeof stack === 'string' ? stack : String(message);
  return `\n${text.replaceAll(/^/gm, ' '.repeat(17))}`;
}
