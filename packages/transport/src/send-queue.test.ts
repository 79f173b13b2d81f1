import { expect, test } from 'vitest';
import { SendQueue } from './send-queue.ts';

/** A socket like zeromq's: one send at a time. */
function singleWriter() {
  let isBusy = false;
  const sent: string[] = [];
  return {
    sent,
    async send(frames: Buffer[]): Promise<void> {
      if (isBusy) throw new Error('EBUSY');
      const text = Buffer.concat(frames).toString();
      if (text === 'bad') throw new Error('EHOSTUNREACH');
      isBusy = true;
      await new Promise((resolve) => setImmediate(resolve));
      isBusy = false;
      sent.push(text);
    },
  };
}

test('one message at a time, in order, and a refusal does not end it', async () => {
  const refused: unknown[] = [];
  const sink = singleWriter();
  const queue = new SendQueue(sink, { maxPending: 3, onError: (error) => refused.push(error) });

  const taken = ['1', 'bad', '2', '3', '4'].map((text) => queue.push([Buffer.from(text)]));
  await queue.flushed();

  expect(taken).toEqual([true, true, true, false, false]);
  expect(sink.sent).toEqual(['1', '2']);
  expect(refused).toMatchObject([{ message: 'EHOSTUNREACH' }]);
  expect(queue.size).toBe(0);
});

test('what is pushed while it drains is sent too', async () => {
  const sink = singleWriter();
  const queue = new SendQueue(sink, { maxPending: 100, onError: () => undefined });
  queue.push([Buffer.from('a')]);
  await new Promise((resolve) => setImmediate(resolve));
  queue.push([Buffer.from('b')]);
  await queue.flushed();
  queue.push([Buffer.from('c')]);
  await queue.flushed();

  expect(sink.sent).toEqual(['a', 'b', 'c']);
});
