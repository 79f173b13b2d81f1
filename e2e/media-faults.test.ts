import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { kill } from 'node:process';
import { promisify } from 'node:util';
import { renderMessage } from '@bandstand/discord-simulator';
import { pitchHz } from '@bandstand/test-support';
import { describe, expect, test } from 'vitest';
import { longestGapMs } from './harness/ear.ts';
import { descendantsOf } from './harness/processes.ts';
import { Scene } from './harness/scene.ts';
import { shareStack } from './harness/shared-stack.ts';
import type { Stack } from './harness/stack.ts';
import { expectTone } from './harness/tone.ts';
import type { SiteTrack } from './media-site/catalogue.ts';

const run = promisify(execFile);
const FRAME_MS = 20;

let stack: Stack;

shareStack((started) => {
  stack = started;
});

function add(id: string, how: Partial<SiteTrack> = {}): SiteTrack {
  const sound = { type: 'tone', hz: 440 } as const;
  const track: SiteTrack = { id, title: `Track ${id}`, sound, durationMs: 12_000, formats: ['webm'], ...how };
  stack.site.addTrack(track);
  return track;
}

function said(scene: Scene): string {
  return scene.text.messages.map(renderMessage).join('\n');
}

// Each test has a guild of its own, and most of them wait: side by side.
describe.concurrent('a source that breaks off', () => {
  test('at 30 % is gone on with where it was: every packet is heard once', async () => {
    const scene = await Scene.open(stack, 'cut');
    await scene.play(stack.site.pageUrl('fault-cut'));
    const music = await scene.ear.hearsTheEnd(290);
    const heard = music.map(({ opus }) => createHash('sha256').update(opus).digest('hex'));
    expect(heard).toEqual(await packetHashes(await stack.site.prepare('fault-cut')));
    expect(said(scene)).not.toMatch(/broke off/);
  });

  test('and whose address expired is looked up again: the track is heard whole, no part twice', async () => {
    const scene = await Scene.open(stack, 'expired');
    const track = add('expires', { fault: 'cut', signature: { uses: 1 } });
    await stack.site.prepare('expires');
    await scene.play(stack.site.pageUrl('expires'));
    await expect
      .poll(() => stack.site.log.list('/media/expires/').filter(({ closed }) => closed).length, {
        timeout: 15_000,
      })
      .toBeGreaterThan(0);
    const { fault: _cured, signature: _unlimited, ...cured } = track;
    stack.site.addTrack(cured);

    const music = await scene.ear.hearsTheEnd(590);
    expect(Math.abs(music.length * FRAME_MS - 12_000)).toBeLessThanOrEqual(60);
    expect(stack.site.log.list('/media/expires/').some(({ status }) => status === 403)).toBe(true);
    expect(stack.site.log.list('/watch/expires').length).toBeGreaterThanOrEqual(2);
    expectTone(scene.ear.samples, 440);
  });

  test('after half of what the page promised is not taken for the end of the track', async () => {
    const scene = await Scene.open(stack, 'truncated');
    await scene.play(stack.site.pageUrl('fault-truncated'));
    await scene.play(stack.site.pageUrl('tone660'));
    await scene.text.waitForMessage((message) => renderMessage(message).includes('The audio broke off.'), {
      timeoutMs: 40_000,
    });
    const heardMs = scene.ear.music.length * FRAME_MS;
    expect(heardMs).toBeGreaterThan(2_000);
    await scene.ear.hearsMusic(scene.ear.music.length + 75);
    expect(pitchHz(scene.ear.samples.subarray(-24_000), 48_000, [300, 1_000])).toBeCloseTo(660, 0);
  });
});

describe.concurrent('media that is no music, or never comes', () => {
  test.each([
    ['html', 'not audio that I can play'],
    ['zeros', 'not audio that I can play'],
    ['redirect-inside', 'may not open this address'],
    ['status-403', 'refused to hand out the audio'],
    ['status-404', 'refused to hand out the audio'],
    ['status-429', 'asks me to slow down'],
    ['status-500', 'had a failure of its own'],
    ['drip', 'sends the audio too slowly'],
    ['hang', 'sends the audio too slowly'],
  ])('%s ends in plain words, and the next track plays within two seconds', async (fault, sentence) => {
    const scene = await Scene.open(stack, fault);
    await Promise.all([scene.play(stack.site.pageUrl(`fault-${fault}`)), stack.site.prepare('tone660')]);
    await scene.play(stack.site.pageUrl('tone660'));
    await scene.text.waitForMessage((message) => renderMessage(message).includes(sentence), {
      timeoutMs: 50_000,
    });
    const toldAtMs = performance.now();
    await scene.ear.hearsMusic(25, 5_000);
    const first = scene.ear.music[0]?.arrivedAtMs ?? Number.NaN;
    expect(first - toldAtMs).toBeLessThan(2_000);
    expect(said(scene)).not.toMatch(/PlayerError|at .*\.ts|sig=/);
    await scene.ear.hearsMusic(75);
    expectTone(scene.ear.samples, 660);
  });

  test.each(['huge', 'stall'])(
    '%s: all there is is heard, then the next track',
    { timeout: 90_000 },
    async (fault) => {
      const scene = await Scene.open(stack, fault);
      await scene.play(stack.site.pageUrl(`fault-${fault}`));
      await scene.play(stack.site.pageUrl('tone660'));
      await scene.ear.hearsMusic(295 + 75, 80_000);
      expect(pitchHz(scene.ear.samples.subarray(-24_000), 48_000, [300, 1_000])).toBeCloseTo(660, 0);
    },
  );
});

describe.concurrent('HLS', () => {
  test('is heard from beginning to end, and a seek begins at its segment', async () => {
    const scene = await Scene.open(stack, 'segments');
    await scene.play(stack.site.pageUrl('hls'));
    await scene.ear.hearsMusic(50);
    await scene.answerTo('/seek', { time: '20' });
    const music = await scene.ear.hearsTheEnd(200);
    expect(music.length * FRAME_MS).toBeLessThan(12_000);
    expect(pitchHz(scene.ear.samples.subarray(-24_000), 48_000, [300, 1_000])).toBeCloseTo(440, 0);
  });

  test('that names itself costs two requests and a plain sentence', async () => {
    const scene = await Scene.open(stack, 'circles');
    await scene.play(stack.site.pageUrl('hls-self'));
    await scene.text.waitForMessage((message) =>
      renderMessage(message).includes('not audio that I can play'),
    );
    expect(stack.site.log.list('/hls/hls-self/')).toHaveLength(2);
  });
});

test('kill -9 of an ffmpeg that plays: that guild goes on within two seconds, the other loses nothing', async () => {
  add('decoded', { formats: ['m4a'] });
  await stack.site.prepare('decoded');
  const before = new Set(ffmpegs());
  const [hit, spared] = await Promise.all([Scene.open(stack, 'hit'), Scene.open(stack, 'spared')]);
  await hit.play(stack.site.pageUrl('decoded'));
  await hit.ear.hearsMusic(25);
  const [victim] = ffmpegs().filter((pid) => !before.has(pid));
  if (victim === undefined) throw new Error('no ffmpeg plays');
  await spared.play(stack.site.pageUrl('decoded'));
  await spared.ear.hearsMusic(25);
  kill(victim, 'SIGKILL');

  const [broken, whole] = await Promise.all([hit.ear.hearsTheEnd(590), spared.ear.hearsTheEnd(590)]);
  expect(Math.abs(broken.length * FRAME_MS - 12_000)).toBeLessThanOrEqual(100);
  expect(longestGapMs(broken)).toBeLessThan(2_000);
  expect(Math.abs(whole.length * FRAME_MS - 12_000)).toBeLessThanOrEqual(100);
  expect(longestGapMs(whole)).toBeLessThan(250);
  expect(spared.ear.counts.lost).toBe(0);
});

function ffmpegs(): number[] {
  return descendantsOf(stack.player.pid).filter((pid) => nameOf(pid) === 'ffmpeg');
}

function nameOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/comm`, 'utf8').trim();
  } catch {
    return ''; // it ended meanwhile
  }
}

/** Of every packet in the file, in order, as ffprobe reads them. */
async function packetHashes(path: string): Promise<string[]> {
  const args = ['-v', 'error', '-show_packets', '-show_data_hash', 'sha256', path];
  const { stdout } = await run('ffprobe', args);
  return Array.from(stdout.matchAll(/^data_hash=SHA256:(\w+)$/gm), ([, hash = '']) => hash);
}
