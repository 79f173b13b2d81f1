import { fileURLToPath } from 'node:url';
import { markdownTable, readMarkedTables } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { TRACK_PLAYER_TRANSITIONS } from '../src/players/track-player-state.ts';
import { CLOSE_CODES, type LossPolicy, SILENT_LOSSES } from '../src/voice/close-codes.ts';
import { ENDED, HEALED } from '../src/voice/fixtures/healing-rows.ts';
import { VOICE_SESSION_TRANSITIONS } from '../src/voice/voice-session-state.ts';

const expected = new Map([
  ['track player', moves(TRACK_PLAYER_TRANSITIONS)],
  ['voice session', moves(VOICE_SESSION_TRANSITIONS)],
  ['close codes', losses('code', CLOSE_CODES)],
  ['silent losses', losses('loss', SILENT_LOSSES)],
  ['healing', healing()],
]);
const shown = readMarkedTables(
  fileURLToPath(new URL('../../../docs/lifecycles.md', import.meta.url)),
  expected,
);

test.each([...expected])('docs/lifecycles.md shows the table of the %s as the code has it', (name, table) => {
  expect(shown.get(name)).toBe(table);
});

function moves(table: Readonly<Record<string, readonly string[]>>): string {
  const rows = Object.entries(table).map(([from, to]) => [from, to.join(', ') || 'nothing: it is final']);
  return markdownTable(['from', 'to'], rows);
}

function losses(head: string, table: Readonly<Record<string, LossPolicy>>): string {
  const rows = Object.entries(table).map(([name, { meaning, action, rejoins, error }]) => [
    name,
    meaning,
    action === 'rejoin' ? `rejoin, ${rejoins} in a row` : action,
    `\`${error}\``,
  ]);
  return markdownTable([head, 'meaning', 'what is done', 'reported as'], rows);
}

function healing(): string {
  const seconds = (ms: number) => `${ms / 1_000} s`;
  const healed = HEALED.map(({ loss, next, asks, silenceMs, lostMs }) => [
    loss,
    next,
    `${asks}`,
    `again within ${seconds(silenceMs)}`,
    lostMs === undefined ? 'what is under way' : `up to ${seconds(lostMs)}`,
  ]);
  const ended = ENDED.map(({ loss, next, error, withinMs }) => [
    loss,
    next,
    '0',
    `\`${error}\` within ${seconds(withinMs)}`,
    'none: the place in the track is kept',
  ]);
  return markdownTable(['what happens', 'next step', 'op 4', 'heard', 'music lost'], [...healed, ...ended]);
}
