import { once } from 'node:events';
import { PlayerError } from '@bandstand/protocol';
import { expect, test } from 'vitest';
import { atVolume } from '../../test/audio/audio-fixture.ts';
import { Playback } from './playback.ts';
import { PLAIN_SOUND } from './sound.ts';
import { packFrames } from './thread/frame-batch.ts';
import { BUFFER_FRAMES, type ToThread } from './thread/messages.ts';

/** A playback whose audio thread is the test. */
function start(startAtMs = 0) {
  const posted: ToThread[] = [];
  const playback = new Playback({
    id: 1,
    startAtMs,
    sound: PLAIN_SOUND,
    post: (message) => posted.push(message),
  });
  const send = (firstFrame: number, names: readonly string[], generation = 0) =>
    playback.receive({
      type: 'frames',
      id: 1,
      generation,
      firstFrame,
      packed: packFrames(names.map((name) => Buffer.from(name))),
    });
  return { playback, posted, send };
}

const names = (prefix: string, count: number, from = 0) =>
  Array.from({ length: count }, (_, i) => `${prefix}${from + i}`);

function takeNames(playback: Playback, count: number): (string | undefined)[] {
  return Array.from({ length: count }, () => playback.next()?.toString());
}

test('room is reported every ten frames', () => {
  const { playback, posted, send } = start();
  send(0, names('a', 50));
  takeNames(playback, 25);
  expect(posted).toEqual([
    { type: 'taken', id: 1, frames: 10 },
    { type: 'taken', id: 1, frames: 20 },
  ]);
});

test('it flows once three frames are there, and after running dry once half a second is', () => {
  const { playback, posted, send } = start();
  send(0, names('a', 2));
  expect(playback.status).toBe('buffering');
  expect(playback.next()).toBeUndefined();
  send(2, names('a', 1, 2));
  expect(playback.status).toBe('flowing');
  takeNames(playback, 4);
  expect(playback.status).toBe('buffering');
  expect(posted.at(-1)).toEqual({ type: 'taken', id: 1, frames: 3 });
  send(3, names('a', 24, 3));
  expect(playback.status).toBe('buffering');
  send(27, names('a', 1, 27));
  expect(playback.status).toBe('flowing');
});

test('a track shorter than what it takes to start is played all the same', async () => {
  const { playback, send } = start();
  const ended = once(playback, 'ended');
  send(0, names('a', 1));
  playback.receive({ type: 'finished', id: 1, trackFrames: 1 });
  await playback.ready(50);
  expect(takeNames(playback, 2)).toEqual(['a0', undefined]);
  expect(playback.status).toBe('ended');
  await ended;
});

test('the end is reached with the last frame taken, not with the end of the source', () => {
  const { playback, send } = start(5_000);
  send(0, names('a', 5));
  playback.receive({ type: 'finished', id: 1, trackFrames: 5 });
  takeNames(playback, 4);
  expect(playback.status).toBe('flowing');
  takeNames(playback, 1);
  expect(playback.status).toBe('ended');
  expect(playback.positionMs).toBe(5_100);
});

test('a failure is told at its place, and at once to those who wait for frames that will not come', async () => {
  const { playback, send } = start();
  const waiting = playback.ready(10);
  send(0, names('a', 4));
  const failure = { code: 'MEDIA_CUT', message: 'cut', details: { at: 1 } } as const;
  playback.receive({ type: 'finished', id: 1, trackFrames: 4, failure });
  await expect(waiting).rejects.toMatchObject({ code: 'MEDIA_CUT' });
  await expect(playback.ready(4)).resolves.toBeUndefined();
  expect(playback.failure).toBeUndefined();
  const failed = once(playback, 'failed');
  takeNames(playback, 4);
  expect(playback.status).toBe('failed');
  expect(playback.failure).toBeInstanceOf(PlayerError);
  expect(await failed).toMatchObject([{ code: 'MEDIA_CUT', details: { at: 1 } }]);
  expect(playback.positionMs).toBe(80);
});

test('a change of sound is asked for 60 ms ahead, and from the first frame where none was heard', () => {
  const { playback, posted, send } = start();
  playback.setSound(atVolume(30));
  expect(posted.at(-1)).toMatchObject({ type: 'sound', generation: 1, fromFrame: 0, sound: atVolume(30) });
  send(0, names('a', 50), 1);
  takeNames(playback, 7);
  playback.setSound(atVolume(60));
  expect(posted.at(-1)).toMatchObject({ type: 'sound', generation: 2, fromFrame: 10, sound: atVolume(60) });
});

test('frames made anew replace those that wait', () => {
  const { playback, send } = start();
  send(0, names('old', 20));
  takeNames(playback, 5);
  playback.setSound(atVolume(50));
  takeNames(playback, 1);
  send(8, names('new', 4, 8), 1);
  expect(takeNames(playback, 6)).toEqual(['old6', 'old7', 'new8', 'new9', 'new10', 'new11']);
});

test('frames made anew that come too late are not mixed in: the change is made again, later', () => {
  const { playback, posted, send } = start();
  send(0, names('old', 40));
  takeNames(playback, 5);
  playback.setSound(atVolume(50));
  takeNames(playback, 5);
  send(8, names('late', 5, 8), 1);
  expect(posted.at(-1)).toMatchObject({ generation: 2, fromFrame: 16, sound: atVolume(50), revokeFrom: 8 });
  send(13, names('late', 5, 13), 1);
  send(16, names('new', 4, 16), 2);
  expect(takeNames(playback, 8)).toEqual([...names('old', 6, 10), 'new16', 'new17']);
});

test('closing is final: no frame, no event, and whoever waits is told', async () => {
  const { playback, posted, send } = start();
  const events: string[] = [];
  for (const event of ['flowing', 'ended', 'failed'] as const) playback.on(event, () => events.push(event));
  const waiting = playback.ready(5);
  const closed = playback.close();
  await expect(waiting).rejects.toThrow('closed');
  send(0, names('a', BUFFER_FRAMES));
  playback.receive({ type: 'finished', id: 1, trackFrames: BUFFER_FRAMES });
  expect(playback.next()).toBeUndefined();
  playback.setSound(atVolume(10));
  expect(posted).toEqual([{ type: 'close', id: 1 }]);
  playback.receive({ type: 'closed', id: 1 });
  await closed;
  expect(events).toEqual([]);
});
