import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { promisify } from 'node:util';
import { renderMessage } from '@bandstand/discord-simulator';
import { pitchHz, rmsDb } from '@bandstand/test-support';
import { afterEach, expect, test } from 'vitest';
import { Ear } from './harness/ear.ts';
import { Stack } from './harness/stack.ts';

const run = promisify(execFile);

let stack: Stack;

afterEach(async () => {
  stack.discord.assertNothingUnexpected();
  await stack[Symbol.asyncDispose]();
});

/** Somebody in the voice channel, listening. */
async function listener(name = 'ann'): Promise<{ user: ReturnType<Stack['discord']['user']>; ear: Ear }> {
  const user = stack.discord.user(name);
  await user.joins(stack.discord.guild().voiceChannel());
  return { user, ear: new Ear(await user.hears()) };
}

test('a /play typed in Discord is heard in the voice channel, end-to-end encrypted, at its pitch, loudness and length', async () => {
  stack = await Stack.start();
  const { user, ear } = await listener();

  const play = user.runs('/play', { query: stack.site.pageUrl('tone440') });
  const reply = await play.reply();
  const music = await ear.hearsTheEnd(200);

  expect(await play.acknowledged).toBeLessThan(3_000);
  expect(renderMessage(reply)).toContain('440 Hz as webm');
  expect(music.every(({ encrypted }) => encrypted === 'dave')).toBe(true);
  expect(ear.counts).toMatchObject({ plaintextWhileDave: 0, undecryptable: 0, lost: 0 });
  const heardMs = music.length * 20;
  expect(Math.abs(heardMs - 6_000)).toBeLessThanOrEqual(60);
  expect(pitchHz(ear.samples, 48_000, [300, 600])).toBeCloseTo(440, 0);
  expect(rmsDb(ear.samples)).toBeGreaterThan(-24);
});

test('the Opus packets of a WebM source arrive byte for byte', async () => {
  stack = await Stack.start();
  const { user, ear } = await listener();
  user.runs('/play', { query: stack.site.pageUrl('tone660') });
  const music = await ear.hearsTheEnd(200);

  const file = await stack.site.prepare('tone660');
  const { stdout } = await run('ffprobe', [
    ...['-v', 'error', '-show_packets', '-show_data_hash', 'sha256', '-show_entries', 'packet=data_hash'],
    ...['-of', 'csv=p=0', file],
  ]);
  const sent = stdout
    .trim()
    .split('\n')
    .map((line) => line.replace('SHA256:', ''));
  expect(music.map(({ opus }) => createHash('sha256').update(opus).digest('hex'))).toEqual(sent);
});
