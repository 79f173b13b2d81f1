import { pitchHz, rmsDb } from '@bandstand/test-support';
import { describe, test } from 'vitest';
import { heardHashes, packetHashes } from './harness/packets.ts';
import { Scene } from './harness/scene.ts';
import { shareStack } from './harness/shared-stack.ts';
import type { Stack } from './harness/stack.ts';

const SAMPLE_RATE_HZ = 48_000;
/** A busy player makes more ahead, and takes longer to sound as it is set. */
const SOON = { timeout: 20_000, interval: 100 };

let stack: Stack;

shareStack((started) => {
  stack = started;
});

/** A tone of 330 Hz in a guild of its own, heard for a second. */
async function listening(name: string): Promise<Scene> {
  const scene = await Scene.open(stack, name);
  await scene.play(stack.site.pageUrl('minute'));
  await scene.ear.hearsMusic(50, 30_000);
  return scene;
}

function lastSecond({ ear }: Scene): Float64Array {
  return ear.samples.slice(-SAMPLE_RATE_HZ);
}

function pitchOf(scene: Scene): number {
  return pitchHz(lastSecond(scene), SAMPLE_RATE_HZ, [300, 420]);
}

// Side by side, so each has an `expect` of its own.
describe.concurrent('while a track plays', () => {
  test('/filter preset makes it sound so, and /filter reset leads back to its own bytes; the music never stops', async ({
    expect,
  }) => {
    const scene = await listening('nightcore');
    expect(pitchOf(scene)).toBeCloseTo(330, 0);

    expect(await scene.answerTo('/filter preset', { name: 'Nightcore' })).toContain('Nightcore');
    await expect.poll(() => pitchOf(scene), SOON).toBeCloseTo(330 * 1.2, 0);
    expect(await scene.answerTo('/nowplaying')).toContain('Nightcore');

    expect(await scene.answerTo('/filter reset')).toContain('No filters');
    const own = (await packetHashes(await stack.site.prepare('minute'))).join();
    const lastPackets = () => heardHashes(scene.ear.music.slice(-50)).join();
    await expect.poll(() => own.includes(lastPackets()), SOON).toBe(true);
    // Whoever runs out of frames sends silence before the pause.
    expect((await scene.state(stack)).frames).toMatchObject({ silence: 0 });
    expect(scene.ear.counts).toMatchObject({ lost: 0, plaintextWhileDave: 0 });
  });

  test('/filter eq changes its band, one after the other', async ({ expect }) => {
    const scene = await listening('equalizer');
    const loudness = () => rmsDb(lastSecond(scene));
    const plainDb = loudness();
    await scene.answerTo('/filter eq', { mid: -12 });
    await expect.poll(loudness, SOON).toBeLessThan(plainDb - 2);
    // 330 Hz lies on the slope of the low shelf, where it still lifts by some dB.
    expect(await scene.answerTo('/filter eq', { low: 12 })).toMatch(/low \+12 dB, mid -12 dB/);
    await expect.poll(loudness, SOON).toBeGreaterThan(plainDb);
  });

  test('a reset of the player puts the sound back, and the next track is sent as it is', async ({
    expect,
  }) => {
    const scene = await listening('reset');
    await scene.answerTo('/filter speed', { factor: 1.5 });
    await scene.answerTo('/crossfade', { seconds: 5 });
    await scene.answerTo('/normalize', { state: 'on' });
    expect(await scene.answerTo('/nowplaying')).toMatch(/speed 1\.5× · crossfade 5 s · equal loudness/);
    await scene.answerTo('/reset');
    expect(await scene.state(stack)).toMatchObject({ filters: {}, crossfade_ms: 0, normalize: false });
    const heard = scene.ear.music.length;
    await scene.play(stack.site.pageUrl('tone660'));
    await scene.ear.hearsTheEnd(heard + 290);
    const own = await packetHashes(await stack.site.prepare('tone660'));
    expect(heardHashes(scene.ear.music.slice(-own.length))).toEqual(own);
  });
});

test('the panel says so while a moderator keeps the bot from being heard', async () => {
  const scene = await listening('muted');
  await scene.panel('Now playing');
  const { moderator, bot } = stack.discord;
  moderator.serverMutes(bot, true, scene.guild);
  await scene.panel('Muted by a moderator');
  moderator.serverMutes(bot, false, scene.guild);
  await scene.panel('Now playing');
});
