import { expect, test } from 'vitest';
import { canMove, VOICE_SESSION_TRANSITIONS, type VoiceSessionStatus } from './voice-session-state.ts';

const statuses = Object.keys(VOICE_SESSION_TRANSITIONS) as VoiceSessionStatus[];

test('frames flow only after the encryption was looked at: securing is the only way to ready', () => {
  expect(statuses.filter((from) => canMove(from, 'ready'))).toEqual(['securing']);
});

test('destroyed is final and reachable from everywhere else', () => {
  expect(statuses.filter((to) => canMove('destroyed', to))).toEqual([]);
  expect(statuses.filter((from) => !canMove(from, 'destroyed'))).toEqual(['destroyed']);
});

test('a session that failed comes back only by a new join', () => {
  expect(VOICE_SESSION_TRANSITIONS.failed).toEqual(['joining', 'disconnected', 'destroyed']);
});
