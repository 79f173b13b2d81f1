import { FILTER_PRESETS, type Filters } from '@bandstand/protocol';
import { steepestStep } from '@bandstand/test-support';
import { expect, test } from 'vitest';
import { between, changeSound, file, hear, sha256, take } from '../../test/audio/audio-fixture.ts';
import { audioSuite } from '../../test/audio/audio-suite.ts';
import { packetHashes } from '../../test/audio/media-folder.ts';
import { PLAIN_SOUND } from './sound.ts';

const suite = audioSuite();

/** Of the test tone between two neighbouring samples. */
const STEEPEST = 0.251 * ((2 * Math.PI * 440) / 48_000);
/** So soon a change is heard. */
const LEAD_FRAMES = 3;
/** Behind the frame that leads back, until packets pass again. */
const SETTLING_FRAMES = 2;

test.each([
  ['a low pass', { lowPass: { smoothing: 20 } }, 1],
  ['an equalizer', FILTER_PRESETS.rock, 2],
  ['tremolo', FILTER_PRESETS.tremolo, 1.1],
  ['a voice in another pitch', { timescale: { speed: 1, pitch: 1.3, rate: 1 } }, 1.6],
] as [string, Filters, number][])(
  '%s comes and goes soon, without a click',
  async (title, filters, steeper) => {
    const path = await suite.folder.tone(
      `${title.replaceAll(' ', '-')}.webm`,
      ['-c:a', 'libopus', '-b:a', '128k'],
      { seconds: 3 },
    );
    const playback = await suite.audio.open(file(path));
    const frames = await take(playback, 40);
    await changeSound(playback, { ...PLAIN_SOUND, filters }, 1);
    frames.push(...(await take(playback, 40)));
    await changeSound(playback, PLAIN_SOUND, 2);
    frames.push(...(await take(playback)));
    await playback.close();

    const source = await packetHashes(path);
    expect(frames.length).toBe(source.length);
    const changed = frames.flatMap((frame, index) => (sha256(frame) === source[index] ? [] : index));
    expect(changed[0]).toBe(40 + LEAD_FRAMES);
    expect(changed.at(-1)).toBe(80 + LEAD_FRAMES + SETTLING_FRAMES);
    expect(steepestStep(between(hear(frames), 100, 2_900))).toBeLessThan(STEEPEST * steeper * 1.2);
  },
);
