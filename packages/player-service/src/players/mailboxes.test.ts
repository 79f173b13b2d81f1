import { expect, test } from 'vitest';
import { Mailboxes } from './mailboxes.ts';

test('tasks of one guild run in order, each after the one before has ended', async () => {
  const boxes = new Mailboxes<string>(10);
  const gate = Promise.withResolvers<void>();
  const ran: string[] = [];
  const first = boxes.run('g', async () => {
    await gate.promise;
    ran.push('first');
  });
  const second = boxes.run('g', () => {
    ran.push('second');
  });
  expect(ran).toEqual([]);
  gate.resolve();
  await Promise.all([first, second]);
  expect(ran).toEqual(['first', 'second']);
});

test('one-loop-for-all-guilds: a task that hangs holds up its own guild only', async () => {
  const boxes = new Mailboxes<string>(10);
  const hanging = Promise.withResolvers<void>();
  const hung = boxes.run('slow', () => hanging.promise);
  await expect(boxes.run('other', () => 'done')).resolves.toBe('done');
  hanging.resolve();
  await hung;
});

test('a task that fails does not stop the ones behind it', async () => {
  const boxes = new Mailboxes<string>(10);
  const failing = boxes.run('g', () => Promise.reject(new Error('no')));
  const next = boxes.run('g', () => 'ran');
  await expect(failing).rejects.toThrow('no');
  await expect(next).resolves.toBe('ran');
});

test('a full mailbox refuses, and takes tasks again once it has room', async () => {
  const boxes = new Mailboxes<string>(2);
  const gate = Promise.withResolvers<void>();
  const waiting = [boxes.run('g', () => gate.promise), boxes.run('g', () => undefined)];
  await expect(boxes.run('g', () => undefined)).rejects.toMatchObject({ code: 'PLAYER_BUSY' });
  gate.resolve();
  await Promise.all(waiting);
  await expect(boxes.run('g', () => 'ran')).resolves.toBe('ran');
});
