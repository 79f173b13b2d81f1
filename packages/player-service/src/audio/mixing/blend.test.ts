import { expect, test } from 'vitest';
import { Blend, type Blendable } from './blend.ts';
import type { Mix } from './mix.ts';

class Scripted implements Blendable<Scripted> {
  framesTaken = 0;
  readonly leadFrames = 3;
  totalFrames: number | undefined;
  comesInAt: number | undefined;
  readonly mixes: [fromFrame: number, mix: Mix<Scripted>][] = [];

  constructor(totalFrames?: number) {
    this.totalFrames = totalFrames;
  }

  mix(fromFrame: number, mix: Mix<Scripted>): void {
    this.mixes.push([fromFrame, mix]);
  }

  comeIn(atFrame: number): void {
    this.comesInAt = atFrame;
  }
}

function crossfade(signal: Scripted, frames: number, frame = 0): Mix<Scripted> {
  return { own: { to: 0, frames }, other: { signal, frame, level: { to: 1, frames } } };
}

test('is planned once the end is known, over exactly the last frames', () => {
  const [a, b] = [new Scripted(), new Scripted()];
  const blend = new Blend(a, b, 100);
  blend.plan();
  expect(a.mixes).toEqual([]);
  a.totalFrames = 500;
  blend.plan();
  expect(a.mixes).toEqual([[400, crossfade(b, 100)]]);
});

test('is as long as what is left where the end is near', () => {
  const [a, b] = [new Scripted(500), new Scripted()];
  a.framesTaken = 460;
  new Blend(a, b, 100).plan();
  expect(a.mixes).toEqual([[463, crossfade(b, 37)]]);
});

test('is not made for a blink: the one then follows the other without a seam', () => {
  const [a, b] = [new Scripted(500), new Scripted()];
  a.framesTaken = 494;
  new Blend(a, b, 100).plan();
  expect(a.mixes).toEqual([[498, crossfade(b, 2)]]);
  expect(b.comesInAt).toBe(2);
  const [c, d] = [new Scripted(500), new Scripted()];
  new Blend(c, d, 0).plan();
  expect(c.mixes).toEqual([[498, crossfade(d, 2)]]);
  const [e, f] = [new Scripted(500), new Scripted()];
  e.framesTaken = 498;
  new Blend(e, f, 0).plan();
  expect(e.mixes).toEqual([[500, crossfade(f, 1)]]);
  expect(f.comesInAt).toBe(0);
});

test('takes at most half of a short track that follows', () => {
  const [a, b] = [new Scripted(500), new Scripted(61)];
  new Blend(a, b, 100).plan();
  expect(a.mixes).toEqual([[470, crossfade(b, 30)]]);
});

test('taken back before it began, it leaves no trace; in the middle of it, the playback returns to its own level', () => {
  const [a, b] = [new Scripted(500), new Scripted()];
  const blend = new Blend(a, b, 100);
  blend.plan();
  blend.cancel();
  expect(a.mixes.at(-1)).toEqual([400, { own: { to: 1, frames: 3 } }]);
  blend.plan();
  a.framesTaken = 450;
  blend.cancel();
  expect(a.mixes.at(-1)).toEqual([453, { own: { to: 1, frames: 3 } }]);
  blend.cancel();
  expect(a.mixes).toHaveLength(4);
});

test('an end that moves before it began moves it along', () => {
  const [a, b] = [new Scripted(500), new Scripted()];
  const blend = new Blend(a, b, 100);
  blend.plan();
  a.totalFrames = 600;
  blend.plan();
  expect(a.mixes.slice(1)).toEqual([
    [400, { own: { to: 1, frames: 3 } }],
    [500, crossfade(b, 100)],
  ]);
});

test('an end that moves while it sounds changes its pace, and what follows goes on where it is', () => {
  const [a, b] = [new Scripted(500), new Scripted()];
  const blend = new Blend(a, b, 100);
  blend.plan();
  a.framesTaken = 447;
  a.totalFrames = 475;
  blend.plan();
  expect(a.mixes.at(-1)).toEqual([450, crossfade(b, 25, 50)]);
  blend.plan(); // nothing is another
  expect(a.mixes).toHaveLength(2);
});
