import { afterAll, beforeAll } from 'vitest';
import { AudioFixture } from './audio-fixture.ts';
import { MediaFolder } from './media-folder.ts';

export interface AudioSuite {
  readonly folder: MediaFolder;
  readonly audio: AudioFixture;
}

/** A folder of media and an engine for all tests of a file: made before the first of them, gone after the last. */
export function audioSuite(): AudioSuite {
  let made: AudioSuite | undefined;
  const get = (): AudioSuite => {
    if (made === undefined) throw new Error('bug: used before the first test');
    return made;
  };
  beforeAll(async () => {
    made = { folder: await MediaFolder.create(), audio: await AudioFixture.start() };
  }, 30_000);
  afterAll(async () => {
    await made?.audio[Symbol.asyncDispose]();
    await made?.folder[Symbol.asyncDispose]();
  });
  return {
    get folder() {
      return get().folder;
    },
    get audio() {
      return get().audio;
    },
  };
}
