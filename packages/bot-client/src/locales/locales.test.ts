import { ERROR_CODES } from '@bandstand/protocol';
import type { APIApplicationCommandOption } from 'discord.js';
import { expect, test } from 'vitest';
import { allCommands } from '../commands/catalogue.ts';
import { describeCommand } from '../commands/descriptor.ts';
import type { CommandTexts } from './command-texts.ts';
import { MESSAGES, messagesFor } from './languages.ts';
import { COMMAND_NAMES, LANGUAGES } from './messages.ts';

/** @see https://discord.com/developers/docs/interactions/application-commands#application-command-object-application-command-naming */
const NAME = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u;

function withSubcommands(texts: CommandTexts): CommandTexts[] {
  return [texts, ...Object.values(texts.subcommands ?? {}).flatMap(withSubcommands)];
}

function keysOf(value: unknown, path = ''): string[] {
  if (typeof value !== 'object' || value === null) return [path];
  return Object.entries(value).flatMap(([key, inner]) => keysOf(inner, `${path}.${key}`));
}

test.each(LANGUAGES)('%s has every text, and none is empty', (language) => {
  expect(keysOf(MESSAGES[language]).sort()).toEqual(keysOf(MESSAGES.en).sort());
  const empty = (value: unknown): boolean =>
    typeof value === 'object' && value !== null ? Object.values(value).some(empty) : value === '';
  expect(empty(MESSAGES[language])).toBe(false);
});

test.each(LANGUAGES)('%s has a sentence for every failure that may cross the wire', (language) => {
  expect(Object.keys(MESSAGES[language].errors).sort()).toEqual(Object.keys(ERROR_CODES).sort());
  for (const sentence of Object.values(MESSAGES[language].errors)) {
    expect(sentence).toMatch(/[.?!]$/);
    expect(sentence.length).toBeLessThanOrEqual(200);
    expect(sentence).not.toMatch(/undefined|https?:|[A-Z]{2,}_[A-Z]/);
  }
});

test.each(LANGUAGES)(
  '%s names commands, options and choices within the limits of Discord, each once',
  (language) => {
    const { commands } = MESSAGES[language];
    const names = COMMAND_NAMES.map((name) => commands[name].name);
    expect(new Set(names).size).toBe(names.length);
    const all = Object.values(commands).flatMap(withSubcommands);
    for (const { name, description, options, subcommands = {} } of all) {
      for (const text of [name, ...Object.values(options).map((option) => option.name)]) {
        expect(text).toMatch(NAME);
        expect(text).toBe(text.toLowerCase());
      }
      for (const below of [options, subcommands]) {
        const namesBelow = Object.values(below).map((one) => one.name);
        expect(new Set(namesBelow).size).toBe(namesBelow.length);
      }
      for (const text of [description, ...Object.values(options).map((option) => option.description)]) {
        expect(text.length).toBeGreaterThan(0);
        expect(text.length).toBeLessThanOrEqual(100);
      }
      for (const { choices = {} } of Object.values(options)) {
        for (const label of Object.values(choices)) expect(label.length).toBeLessThanOrEqual(100);
        expect(new Set(Object.values(choices)).size).toBe(Object.keys(choices).length);
      }
    }
  },
);

test.each(LANGUAGES)('%s labels buttons within 80 characters', (language) => {
  const { buttons, loopModes } = MESSAGES[language].panel;
  const labels = [buttons.pause, buttons.resume, buttons.skip, buttons.stop, buttons.previous];
  for (const label of [...labels, ...Object.values(loopModes).map(buttons.loop)])
    expect(label.length).toBeLessThanOrEqual(80);
});

test('every command is described to Discord, in every language, for guilds only', () => {
  const descriptors = allCommands({ botVersion: '1.2.3', stations: [] }).map(describeCommand);
  expect(descriptors.map((descriptor) => descriptor.name)).toEqual([...COMMAND_NAMES]);
  for (const descriptor of descriptors) {
    expect(descriptor.contexts).toEqual([0]);
    expect(Object.keys(descriptor.name_localizations ?? {}).sort()).toEqual(['de', 'es-419', 'es-ES', 'fr']);
    const below: readonly APIApplicationCommandOption[] = descriptor.options ?? [];
    const innermost = below.flatMap((option): readonly APIApplicationCommandOption[] =>
      'options' in option ? (option.options ?? []) : [],
    );
    for (const option of [...below, ...innermost]) {
      for (const texts of [option.name_localizations, option.description_localizations])
        expect(Object.keys(texts ?? {}).sort()).toEqual(['de', 'es-419', 'es-ES', 'fr']);
    }
  }
});

test('sub-commands and their options keep the names that the commands read them by', () => {
  const filter = allCommands({ botVersion: '1.2.3', stations: [] })
    .map(describeCommand)
    .find(({ name }) => name === 'filter');
  const shape = filter?.options?.map((sub) => [
    sub.type,
    sub.name,
    'options' in sub ? sub.options?.map(({ type, name }) => [type, name]) : undefined,
  ]);
  expect(shape).toEqual([
    [1, 'preset', [[3, 'name']]],
    [
      1,
      'eq',
      [
        [10, 'low'],
        [10, 'mid'],
        [10, 'high'],
      ],
    ],
    [1, 'speed', [[10, 'factor']]],
    [1, 'pitch', [[10, 'factor']]],
    [1, 'reset', []],
  ]);
});

test('an unknown locale reads English', () => {
  expect(messagesFor('xx-YY')).toBe(MESSAGES.en);
  expect(messagesFor(null)).toBe(MESSAGES.en);
  expect(messagesFor('es-419')).toBe(MESSAGES.es);
  expect(messagesFor('en-GB')).toBe(MESSAGES.en);
});
