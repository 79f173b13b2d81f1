import { type EntryId, entryIdSchema } from '@bandstand/protocol';
import { createLogger } from '@bandstand/service-kit';
import { expect, test } from 'vitest';
import type { StoredPanel } from '../store/panel-store.ts';
import { GuildPanel, type PanelTiming } from './guild-panel.ts';
import type { PanelTarget } from './panel-target.ts';

const QUICK: PanelTiming = { settleMs: 1, editMs: 5, progressMs: 20, retryMs: 5 };

/** A channel in memory, and the store's rows in the order they were written. */
class Board {
  readonly sent = new Map<string, string>();
  readonly calls: string[] = [];
  readonly rows: (StoredPanel | null)[] = [];
  target: PanelTarget = 'none';
  failures: Error[] = [];
  found: string | null = null;
  #ids = 100;

  panel(): GuildPanel {
    return new GuildPanel({
      guildId: '1',
      messages: {
        mayPost: () => true,
        send: async (channelId) => {
          this.#call(`send ${channelId}`);
          const id = String(++this.#ids);
          this.sent.set(id, channelId);
          return id;
        },
        edit: async (_channelId, messageId) => this.#call(`edit ${messageId}`),
        delete: async (_channelId, messageId) => {
          this.#call(`delete ${messageId}`);
          this.sent.delete(messageId);
        },
        find: async () => this.found,
      },
      store: {
        save: async (row) => void this.rows.push(row),
        forget: async () => void this.rows.push(null),
      },
      target: () => this.target,
      isMoving: () => false,
      timing: QUICK,
      progressMs: () => QUICK.progressMs,
      now: () => performance.now(),
      log: createLogger({ name: 'test', level: 'silent' }),
    });
  }

  #call(name: string): void {
    this.calls.push(name);
    const failure = this.failures.shift();
    if (failure !== undefined) throw failure;
  }
}

function content(entry: string, fingerprint = entry): PanelTarget {
  return {
    channelId: '7',
    entryId: entryIdSchema.parse(entry) as EntryId,
    view: { embeds: [], components: [] },
    fingerprint,
  };
}

test('it is written down before it is sent, and completed afterwards', async () => {
  const board = new Board();
  const panel = board.panel();
  board.target = content('a');
  panel.look(true);
  await expect
    .poll(() => board.rows)
    .toEqual([
      { guildId: '1', channelId: '7', entryId: 'a', messageId: null },
      { guildId: '1', channelId: '7', entryId: 'a', messageId: '101' },
    ]);
  await panel.close();
});

test('a message sent right before a crash is found again and taken over', async () => {
  const board = new Board();
  board.found = '55';
  board.target = content('a');
  const panel = board.panel();
  await panel.adopt({ guildId: '1', channelId: '7', entryId: 'a', messageId: null });
  panel.look();
  await expect.poll(() => board.calls).toEqual(['edit 55']);
  await panel.close();
});

test('one that was never sent is forgotten', async () => {
  const board = new Board();
  const panel = board.panel();
  await panel.adopt({ guildId: '1', channelId: '7', entryId: 'a', messageId: null });
  expect(board.rows).toEqual([null]);
  await panel.close();
});

test('many changes in a row become few edits, the last of which counts', async () => {
  const board = new Board();
  const panel = board.panel();
  board.target = content('a', 'v0');
  panel.look(true);
  await expect.poll(() => board.sent.size).toBe(1);
  for (let version = 1; version <= 200; version++) {
    board.target = content('a', `v${version}`);
    panel.look();
  }
  await expect.poll(() => board.calls.length).toBeGreaterThan(1);
  await panel.close();
  expect(board.calls.filter((call) => call.startsWith('edit')).length).toBeLessThanOrEqual(3);
});

test('a failure that may pass is tried again, without a second message', async () => {
  const board = new Board();
  const panel = board.panel();
  board.failures = [new Error('503')];
  board.target = content('a');
  panel.look(true);
  await expect.poll(() => board.sent.size).toBe(1);
  expect(board.calls).toEqual(['send 7', 'send 7']);
  await panel.close();
});

test('closing leaves the message for the next start', async () => {
  const board = new Board();
  const panel = board.panel();
  board.target = content('a');
  panel.look(true);
  await expect.poll(() => board.rows.length).toBe(2);
  await panel.close();
  board.target = 'none';
  panel.look(true);
  expect(board.calls).toEqual(['send 7']);
});
