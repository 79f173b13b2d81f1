import { describe, expect, it } from 'vitest';
import { ApiError } from './api-error.ts';
import { readCommand, readCommands } from './command-form.ts';

const base = { name: 'play', description: 'Plays' };
const option = { type: 3, name: 'query', description: 'What' };

function refusal(read: () => unknown): object | undefined {
  try {
    read();
  } catch (error) {
    if (error instanceof ApiError) return error.errors;
    throw error;
  }
  return undefined;
}

describe('a command definition', () => {
  it.each([
    ['no name', { description: 'x' }, { name: { _errors: [{ code: 'BASE_TYPE_REQUIRED' }] } }],
    [
      'capitals',
      { ...base, name: 'Play' },
      { name: { _errors: [{ code: 'APPLICATION_COMMAND_INVALID_NAME' }] } },
    ],
    [
      'a description of 101',
      { ...base, description: 'x'.repeat(101) },
      { description: { _errors: [{ code: 'BASE_TYPE_BAD_LENGTH' }] } },
    ],
    [
      '26 options',
      { ...base, options: Array.from({ length: 26 }, (_, i) => ({ ...option, name: `o${i}` })) },
      { options: { _errors: [{ code: 'BASE_TYPE_MAX_LENGTH' }] } },
    ],
    [
      'a required option after an optional one',
      { ...base, options: [option, { ...option, name: 'b', required: true }] },
      { options: { 1: { _errors: [{ code: 'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID' }] } } },
    ],
    [
      'two options of one name',
      { ...base, options: [option, option] },
      { options: { 1: { name: { _errors: [{ code: 'APPLICATION_COMMAND_OPTIONS_NAME_NOT_UNIQUE' }] } } } },
    ],
    [
      'choices and autocomplete',
      { ...base, options: [{ ...option, autocomplete: true, choices: [{ name: 'a', value: 'a' }] }] },
      {
        options: { 0: { autocomplete: { _errors: [{ code: 'APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES' }] } } },
      },
    ],
    [
      'autocomplete on a boolean',
      { ...base, options: [{ ...option, type: 5, autocomplete: true }] },
      { options: { 0: { type: { _errors: [{ code: 'APPLICATION_COMMAND_OPTION_TYPE_CHOICES' }] } } } },
    ],
    [
      'an unknown locale',
      { ...base, name_localizations: { xx: 'a' } },
      { name_localizations: { xx: { _errors: [{ code: 'BASE_TYPE_CHOICES' }] } } },
    ],
    [
      'a localized name with a space',
      { ...base, name_localizations: { de: 'a b' } },
      { name_localizations: { de: { _errors: [{ code: 'STRING_TYPE_REGEX' }] } } },
    ],
    [
      'a range on text',
      { ...base, options: [{ ...option, min_value: 1 }] },
      { options: { 0: { min_value: { _errors: [{ code: 'BASE_TYPE_BAD_TYPE' }] } } } },
    ],
    [
      'a sub-command beside an option',
      { ...base, options: [{ type: 1, name: 'a', description: 'a' }, option] },
      { options: { _errors: [{ code: 'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID' }] } },
    ],
    [
      'more than 8000 characters',
      {
        ...base,
        options: Array.from({ length: 25 }, (_, i) => ({
          ...option,
          name: `o${i}`,
          choices: Array.from({ length: 4 }, (_, j) => ({ name: `${j}${'n'.repeat(90)}`, value: `${j}` })),
        })),
      },
      { _errors: [{ code: 'APPLICATION_COMMAND_TOO_LARGE' }] },
    ],
  ])('with %s is refused', (_what, body, errors) => {
    expect(refusal(() => readCommand(body))).toMatchObject(errors);
  });

  it('may use the letters of any script, and nested sub-commands', () => {
    const options = [
      {
        type: 2,
        name: 'liste',
        description: 'x',
        options: [{ type: 1, name: 'zeige', description: 'x', options: [option] }],
      },
    ];
    expect(readCommand({ name: 'aufräumen', description: 'Räumt auf', options })).toMatchObject({
      name: 'aufräumen',
      type: 1,
    });
  });

  it('must be unique in its list', () => {
    expect(refusal(() => readCommands([base, { ...base, description: 'again' }]))).toMatchObject({
      1: { name: { _errors: [{ code: 'APPLICATION_COMMANDS_DUPLICATE_NAME' }] } },
    });
  });
});
