import { expect, test } from 'vitest';
import { parseTypedCommand, type TypedDefinition } from './typed-command.ts';

const DEFINITIONS: readonly TypedDefinition[] = [
  {
    name: 'play',
    options: [
      { name: 'query', type: 3, required: true, autocomplete: true },
      { name: 'position', type: 3 },
    ],
  },
  { name: 'volume', options: [{ name: 'level', type: 4 }] },
  {
    name: 'move',
    options: [
      { name: 'item', type: 3, required: true, autocomplete: true },
      { name: 'position', type: 4, required: true },
    ],
  },
  { name: 'skip' },
  {
    name: 'filter',
    options: [
      { name: 'preset', type: 1, options: [{ name: 'name', type: 3, required: true }] },
      {
        name: 'eq',
        type: 1,
        options: [
          { name: 'low', type: 10 },
          { name: 'high', type: 10 },
        ],
      },
      { name: 'reset', type: 1 },
    ],
  },
];

test.each([
  ['/skip', { name: 'skip', values: {} }],
  ['skip', { name: 'skip', values: {} }],
  ['/play a small tune', { name: 'play', values: { query: 'a small tune' } }],
  ['/play a small tune position:next', { name: 'play', values: { query: 'a small tune', position: 'next' } }],
  [
    '/play http://127.0.0.1:1/watch/tune',
    { name: 'play', values: { query: 'http://127.0.0.1:1/watch/tune' } },
  ],
  ['/volume 50', { name: 'volume', values: { level: 50 } }],
  ['/volume', { name: 'volume', values: {} }],
  ['/filter preset Nightcore', { name: 'filter preset', values: { name: 'Nightcore' } }],
  ['/filter eq high:-1.5', { name: 'filter eq', values: { high: -1.5 } }],
  ['/filter reset', { name: 'filter reset', values: {} }],
  ['/move the second one 1', { name: 'move', values: { item: 'the second one', position: 1 } }],
])('%s', (line, command) => {
  expect(parseTypedCommand(line, DEFINITIONS)).toEqual(command);
});

test('what cannot be meant is said in words', () => {
  expect(() => parseTypedCommand('/dance', DEFINITIONS)).toThrow('no command /dance');
  expect(() => parseTypedCommand('/volume loud', DEFINITIONS)).toThrow('a number');
  expect(() => parseTypedCommand('/filter', DEFINITIONS)).toThrow('followed by preset, eq, reset');
  expect(() => parseTypedCommand('/filter loud', DEFINITIONS)).toThrow('followed by preset, eq, reset');
});
