import {
  type APIApplicationCommandOption,
  ApplicationCommandType as CommandType,
  Locale,
  ApplicationCommandOptionType as OptionType,
} from 'discord-api-types/v10';
import type { CommandDefinition } from '../world/command-registry.ts';
import { FormReader } from './form-reader.ts';

const MAX_OPTIONS = 25;
const MAX_CHOICES = 25;
/** Name, description and value of a command with everything in it (Discord, "Application Commands"). */
const MAX_COMMAND_CHARACTERS = 8000;
const MAX_INTEGER = 2 ** 53;
/** Lower-case letters of any script, digits, `-`, `_`, `'`. */
const CHAT_INPUT_NAME = /^[-_'\p{L}\p{N}\p{sc=Deva}\p{sc=Thai}]{1,32}$/u;
const LOCALES: readonly string[] = Object.values(Locale);
const OPTION_TYPES = Object.values(OptionType).filter((type) => typeof type === 'number');
const GROUPS: readonly number[] = [OptionType.Subcommand, OptionType.SubcommandGroup];
const WITH_CHOICES: readonly number[] = [OptionType.String, OptionType.Integer, OptionType.Number];
const NUMBERS: readonly number[] = [OptionType.Integer, OptionType.Number];

/** @throws ApiError 50035 naming every field that Discord would refuse. */
export function readCommand(body: unknown): CommandDefinition {
  const form = FormReader.of(body);
  const definition = readDefinition(form);
  form.finish();
  return definition;
}

/** @throws ApiError 50035 whose paths begin with the index of the command. */
export function readCommands(body: unknown): CommandDefinition[] {
  const forms = FormReader.ofList(body);
  const definitions = forms.map(readDefinition);
  refuseDuplicates(forms, 'APPLICATION_COMMANDS_DUPLICATE_NAME', 'Application command names must be unique');
  forms[0]?.finish();
  return definitions;
}

function readDefinition(form: FormReader): CommandDefinition {
  const type = form.integer('type', {
    oneOf: [CommandType.ChatInput, CommandType.User, CommandType.Message],
  });
  const isChatInput = (type ?? CommandType.ChatInput) === CommandType.ChatInput;
  readName(form, isChatInput);
  const description = isChatInput ? form.text('description', { required: true, min: 1, max: 100 }) : '';
  if (!isChatInput && form.has('description') && form.value['description'] !== '') {
    form.fail(
      'description',
      'APPLICATION_COMMAND_CONTEXT_MENU_DESCRIPTION_NOT_EMPTY',
      'Context menu commands have no description',
    );
  }
  readLocalizations(form, 'name_localizations', {
    max: 32,
    pattern: isChatInput ? CHAT_INPUT_NAME : /^.{1,32}$/su,
  });
  readLocalizations(form, 'description_localizations', { max: 100 });
  const permissions = form.text('default_member_permissions', { pattern: /^\d+$/ });
  form.boolean('nsfw');
  form.boolean('dm_permission');
  const integrationTypes = form.value['integration_types'];
  const contexts = form.value['contexts'];
  readEnumList(form, 'integration_types', [0, 1]);
  readEnumList(form, 'contexts', [0, 1, 2]);

  const options = form.list('options', { max: MAX_OPTIONS });
  if (!isChatInput && options.length > 0) {
    form.fail('options', 'APPLICATION_COMMAND_CONTEXT_MENU_OPTIONS', 'Context menu commands have no options');
  }
  readOptions(form, options, 0);
  if (commandCharacters(form.value) > MAX_COMMAND_CHARACTERS) {
    form.fail('', 'APPLICATION_COMMAND_TOO_LARGE', 'Command exceeds maximum size (8000)');
  }
  return {
    type: type ?? CommandType.ChatInput,
    name: String(form.value['name']),
    name_localizations: (form.value['name_localizations'] ?? null) as NonNullable<
      CommandDefinition['name_localizations']
    > | null,
    description: description ?? '',
    description_localizations: (form.value['description_localizations'] ?? null) as NonNullable<
      CommandDefinition['description_localizations']
    > | null,
    default_member_permissions: permissions ?? null,
    nsfw: form.value['nsfw'] === true,
    integration_types: (integrationTypes ?? [0]) as NonNullable<CommandDefinition['integration_types']>,
    contexts: (contexts ?? null) as NonNullable<CommandDefinition['contexts']> | null,
    ...(options.length === 0
      ? {}
      : { options: options.map((option) => option.value as unknown as APIApplicationCommandOption) }),
  };
}

function readOptions(parent: FormReader, options: readonly FormReader[], depth: number): void {
  let optionalSeen = false;
  for (const option of options) {
    const required = option.boolean('required') === true;
    if (required && optionalSeen) {
      option.fail(
        '',
        'APPLICATION_COMMAND_OPTIONS_REQUIRED_INVALID',
        'Required options must be placed before non-required options',
      );
    }
    optionalSeen ||= !required;
    readOption(option, depth);
  }
  refuseDuplicates(options, 'APPLICATION_COMMAND_OPTIONS_NAME_NOT_UNIQUE', 'Option names must be unique');
  const groups = options.filter((option) => GROUPS.includes(Number(option.value['type'])));
  if (groups.length > 0 && groups.length < options.length) {
    parent.fail(
      'options',
      'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID',
      'Sub-command and sub-command group option types are mutually exclusive to all other types',
    );
  }
}

function readOption(option: FormReader, depth: number): void {
  const type = option.integer('type', { required: true, oneOf: OPTION_TYPES });
  readName(option, true);
  option.text('description', { required: true, min: 1, max: 100 });
  readLocalizations(option, 'name_localizations', { max: 32, pattern: CHAT_INPUT_NAME });
  readLocalizations(option, 'description_localizations', { max: 100 });
  if (type === undefined) return;
  readChoices(option, type);
  readRange(option, type);

  const nested = option.list('options', { max: MAX_OPTIONS });
  if (!GROUPS.includes(type)) {
    if (nested.length > 0) option.fail('options', 'BASE_TYPE_BAD_TYPE', 'Only sub-commands have options');
    return;
  }
  const tooDeep = type === OptionType.SubcommandGroup ? depth > 0 : depth > 1;
  if (tooDeep) option.fail('type', 'APPLICATION_COMMAND_OPTIONS_NESTING', 'Sub-commands are nested too deep');
  const inner = nested.map((child) => Number(child.value['type']));
  if (type === OptionType.SubcommandGroup && inner.some((child) => child !== OptionType.Subcommand)) {
    option.fail('options', 'APPLICATION_COMMAND_OPTIONS_TYPE_INVALID', 'A group holds sub-commands only');
  }
  readOptions(option, nested, depth + 1);
}

function readChoices(option: FormReader, type: number): void {
  const choices = option.list('choices', { max: MAX_CHOICES });
  const autocompletes = option.boolean('autocomplete') === true;
  if ((choices.length > 0 || autocompletes) && !WITH_CHOICES.includes(type)) {
    option.fail(
      'type',
      'APPLICATION_COMMAND_OPTION_TYPE_CHOICES',
      'This option type has neither choices nor autocomplete',
    );
  }
  if (choices.length > 0 && autocompletes) {
    option.fail(
      'autocomplete',
      'APPLICATION_COMMAND_AUTOCOMPLETE_CHOICES',
      'autocomplete may not be true if choices are present',
    );
  }
  for (const choice of choices) {
    choice.text('name', { required: true, min: 1, max: 100 });
    readLocalizations(choice, 'name_localizations', { max: 100 });
    if (type === OptionType.String) choice.text('value', { required: true, max: 100 });
    else if (type === OptionType.Integer)
      choice.integer('value', { required: true, min: -MAX_INTEGER, max: MAX_INTEGER });
    else choice.number('value', { required: true, min: -MAX_INTEGER, max: MAX_INTEGER });
  }
  refuseDuplicates(
    choices,
    'APPLICATION_COMMAND_OPTIONS_CHOICE_NAME_EXISTS',
    'Option choice name already exists',
  );
}

function readRange(option: FormReader, type: number): void {
  const isNumber = NUMBERS.includes(type);
  for (const key of ['min_value', 'max_value']) {
    if (option.has(key) && !isNumber)
      option.fail(key, 'BASE_TYPE_BAD_TYPE', 'Only number options have a range');
    else if (type === OptionType.Integer) option.integer(key, { min: -MAX_INTEGER, max: MAX_INTEGER });
    else if (isNumber) option.number(key, { min: -MAX_INTEGER, max: MAX_INTEGER });
  }
  for (const [key, min] of [
    ['min_length', 0],
    ['max_length', 1],
  ] as const) {
    if (option.has(key) && type !== OptionType.String) {
      option.fail(key, 'BASE_TYPE_BAD_TYPE', 'Only string options have a length');
    } else {
      option.integer(key, { min, max: 6000 });
    }
  }
}

function readName(form: FormReader, strict: boolean): void {
  const name = form.text('name', { required: true, min: 1, max: 32 });
  if (name === undefined || !strict) return;
  if (!CHAT_INPUT_NAME.test(name) || name !== name.toLowerCase()) {
    form.fail('name', 'APPLICATION_COMMAND_INVALID_NAME', 'Command name is invalid');
  }
}

function readLocalizations(form: FormReader, key: string, rule: { max: number; pattern?: RegExp }): void {
  const localizations = form.object(key);
  if (localizations === undefined) return;
  for (const locale of Object.keys(localizations.value)) {
    if (!LOCALES.includes(locale)) {
      localizations.fail(locale, 'BASE_TYPE_CHOICES', `Value must be one of (${LOCALES.join(', ')}).`);
    } else {
      localizations.text(locale, { min: 1, ...rule });
    }
  }
}

function readEnumList(form: FormReader, key: string, allowed: readonly number[]): void {
  const value = form.value[key];
  if (value === undefined || value === null) return;
  const valid = Array.isArray(value) && value.every((item) => allowed.includes(item));
  if (!valid) form.fail(key, 'BASE_TYPE_CHOICES', `Value must be one of (${allowed.join(', ')}).`);
}

function refuseDuplicates(forms: readonly FormReader[], code: string, message: string): void {
  const seen = new Set<string>();
  for (const form of forms) {
    const identity = `${String(form.value['name'])}:${String(form.value['type'] ?? CommandType.ChatInput)}`;
    const key = code === 'APPLICATION_COMMANDS_DUPLICATE_NAME' ? identity : String(form.value['name']);
    if (seen.has(key)) form.fail('name', code, message);
    seen.add(key);
  }
}

/** The longest localization counts in place of its default (Discord, "Application Commands"). */
function commandCharacters(node: Readonly<Record<string, unknown>>): number {
  const longest = (key: string): number => {
    const localized = node[`${key}_localizations`];
    const texts = [node[key], ...(typeof localized === 'object' ? Object.values(localized ?? {}) : [])];
    return Math.max(0, ...texts.map((text) => (typeof text === 'string' ? text.length : 0)));
  };
  const children = ['options', 'choices'].flatMap((key) => (Array.isArray(node[key]) ? node[key] : []));
  const value = typeof node['value'] === 'string' ? node['value'].length : 0;
  return children
    .filter((child) => typeof child === 'object' && child !== null)
    .reduce((sum, child) => sum + commandCharacters(child), longest('name') + longest('description') + value);
}
