import { describe, expect, test } from 'vitest';
import { heardHashes, packetHashes } from './harness/packets.ts';
import { Scene } from './harness/scene.ts';
import { shareStack } from './harness/shared-stack.ts';
import type { Stack } from './harness/stack.ts';
import { expectTone } from './harness/tone.ts';

let stack: Stack;

shareStack((started) => {
  stack = started;
});

// Each test has a guild of its own, and a track takes its time: side by side.
describe.concurrent('what is played', () => {
  test('a /play typed in Discord is heard in the voice channel, end-to-end encrypted, at its pitch, loudness and length', async () => {
    const scene = await Scene.open(stack, 'heard');
    const play = scene.run('/play', { query: stack.site.pageUrl('tone440') });
    await play.reply({ timeoutMs: 20_000 });
    const music = await scene.ear.hearsTheEnd(200);

    expect(await play.acknowledged).toBeLessThan(3_000);
    expect(JSON.stringify(await play.reply())).toContain('440 Hz as webm');
    expect(music.every(({ encrypted }) => encrypted === 'dave')).toBe(true);
    expect(scene.ear.counts).toMatchObject({ plaintextWhileDave: 0, undecryptable: 0, lost: 0 });
    expect(Math.abs(music.length * 20 - 6_000)).toBeLessThanOrEqual(60);
    expectTone(scene.ear.samples, 440);
  });

  test('the Opus packets of a WebM source arrive byte for byte', async () => {
    const scene = await Scene.open(stack, 'identical');
    await scene.play(stack.site.pageUrl('tone660'));
    const music = await scene.ear.hearsTheEnd(200);

    expect(heardHashes(music)).toEqual(await packetHashes(await stack.site.prepare('tone660')));
  });

  test.each(['ogg', 'm4a', 'mp3', 'flac', 'mono44'])(
    'a source in %s is heard at its pitch, loudness and length',
    async (format) => {
      const id = format === 'ogg' ? 'tone880' : `as-${format}`;
      const scene = await Scene.open(stack, `format ${format}`);
      await scene.play(stack.site.pageUrl(id));
      const music = await scene.ear.hearsTheEnd(200);
      expect(Math.abs(music.length * 20 - 6_000)).toBeLessThanOrEqual(60);
      expectTone(scene.ear.samples, format === 'ogg' ? 880 : 440, format === 'mono44' ? 3.01 : 0);
    },
  );

  test('a direct link to a media file is played without yt-dlp', async () => {
    const scene = await Scene.open(stack, 'direct');
    const answer = await scene.play(stack.site.mediaUrl('tone440', 'webm'));
    expect(answer).toContain('tone440');
    await scene.ear.hearsMusic(100);
    expectTone(scene.ear.samples, 440);
  });

  test('search words find a track, and the answer names it', async () => {
    const scene = await Scene.open(stack, 'search');
    expect(await scene.play('small tune')).toContain('A Small Tune');
    await scene.ear.hearsMusic(50);
  });
});
