import { renderMessage } from '@bandstand/discord-simulator';
import { describe, expect, test } from 'vitest';
import { longestGapMs } from './harness/ear.ts';
import { Scene } from './harness/scene.ts';
import { shareStack } from './harness/shared-stack.ts';
import type { Stack } from './harness/stack.ts';
import { expectTone } from './harness/tone.ts';

let stack: Stack;

shareStack((started) => {
  stack = started;
});

const FRAME_MS = 20;
const RTP_PER_FRAME = 960;

describe.concurrent('the queue', () => {
  test('queue-never-advanced: the next track starts by itself, at most 40 ms later, without a silence between', async () => {
    const scene = await Scene.open(stack, 'advance');
    await scene.play(stack.site.pageUrl('short'));
    await scene.play(stack.site.pageUrl('tone660'));
    const music = await scene.ear.hearsMusic(75);

    const [first, second] = [music.slice(0, 25), music.slice(25, 75)];
    const last = first.at(-1);
    const next = second[0];
    if (last === undefined || next === undefined) throw new Error('two tracks were not heard');
    expect((next.timestamp - last.timestamp) / RTP_PER_FRAME).toBeLessThanOrEqual(2);
    expect(next.arrivedAtMs - last.arrivedAtMs).toBeLessThanOrEqual(2 * FRAME_MS + 20);
    expect(await scene.panel('660 Hz')).toBeDefined();
  });

  test('skip-advanced-twice: one skip moves on by exactly one track', async () => {
    const scene = await Scene.open(stack, 'skip');
    for (const id of ['minute', 'tone440', 'tone660']) await scene.play(stack.site.pageUrl(id));
    await scene.ear.hearsMusic(25);
    expect(await scene.answerTo('/skip')).toContain('A whole minute');
    await scene.panel('440 Hz');
    expect(await scene.answerTo('/queue')).toContain('660 Hz');
  });

  test('a playlist plays its first track while the rest is still being read', async () => {
    const scene = await Scene.open(stack, 'playlist');
    const answer = await scene.play(stack.site.playlistUrl('held'));
    expect(answer).toContain('Slow to List');
    await scene.ear.hearsMusic(25);
    stack.site.releasePages();
    await scene.text.waitForMessage((message) => /250/.test(renderMessage(message)), { timeoutMs: 20_000 });
  });

  test('a track that is not available is answered in plain words, and what is playing goes on', async () => {
    const scene = await Scene.open(stack, 'unavailable');
    await scene.play(stack.site.pageUrl('tone440'));
    await scene.ear.hearsMusic(10);
    const answers = await Promise.all(
      ['private', 'geo', 'removed'].map((id) => scene.play(stack.site.pageUrl(id))),
    );
    expect(answers[0]).toMatch(/private/i);
    expect(answers[1]).toMatch(/country|region/i);
    for (const answer of answers) expect(answer).not.toMatch(/Error|yt-dlp|stack|undefined|null/);
    await scene.ear.hearsTheEnd(290);
    expectTone(scene.ear.samples, 440);
  });

  test('a track whose bytes are no music is skipped with its reason, and the next one plays', async () => {
    const scene = await Scene.open(stack, 'broken');
    await scene.play(stack.site.pageUrl('fault-html'));
    await scene.play(stack.site.pageUrl('tone660'));
    await scene.ear.hearsMusic(50);
    await scene.panel('660 Hz');
    const said = scene.text.messages.map(renderMessage).join('\n');
    expect(said).toMatch(/Fault: html/);
    expectTone(scene.ear.samples, 660);
  });

  test('two guilds that play at the same time never hear each other', async () => {
    const [low, high] = await Promise.all([Scene.open(stack, 'low'), Scene.open(stack, 'high')]);
    await Promise.all([low.play(stack.site.pageUrl('tone440')), high.play(stack.site.pageUrl('tone880'))]);
    await Promise.all([low.ear.hearsTheEnd(290), high.ear.hearsTheEnd(290)]);
    expectTone(low.ear.samples, 440);
    expectTone(high.ear.samples, 880);
    expect(longestGapMs(low.ear.music)).toBeLessThan(200);
  });
});
