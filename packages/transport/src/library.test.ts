import { expect, test } from 'vitest';
import { assertLibrary } from './library.ts';

test('the libzmq that was installed is new enough and has CURVE', () => {
  expect(() => assertLibrary()).not.toThrow();
});

test.each(['4.3.5', '4.3.6', '4.4.0', '5.0.0'])('libzmq %s will do', (version) => {
  expect(() => assertLibrary(version, { curve: true })).not.toThrow();
});

test.each(['4.3.4', '4.2.9', '3.9.9'])('libzmq %s is too old', (version) => {
  expect(() => assertLibrary(version, { curve: true })).toThrow(`libzmq ${version} is older than 4.3.5`);
});

test('a libzmq without CURVE is refused', () => {
  expect(() => assertLibrary('4.3.5', {})).toThrow('built without CURVE');
});
