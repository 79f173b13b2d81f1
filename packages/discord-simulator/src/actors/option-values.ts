import {
  type APIApplicationCommandBasicOption,
  type APIApplicationCommandInteractionDataBasicOption,
  type APIApplicationCommandInteractionDataOption,
  ApplicationCommandOptionType as OptionType,
} from 'discord-api-types/v10';
import type { OfferedCommand } from './offered-command.ts';

/** What a person fills in: text, numbers, or an actor's handle for user, channel and role options. */
export type OptionValue = string | number | boolean | { readonly id: string };
export type OptionValues = Readonly<Record<string, OptionValue>>;

const REFERENCES: readonly OptionType[] = [
  OptionType.User,
  OptionType.Channel,
  OptionType.Role,
  OptionType.Mentionable,
  OptionType.Attachment,
];
const MAX_TEXT = 6000;

/**
 * The options of an interaction, checked as Discord's own client checks them before it sends anything.
 *
 * @param focused - The option being typed: it is taken as it is and required ones may be missing.
 * @throws Error saying what the client would mark in red.
 */
export function encodeOptions(
  { options, path, command }: OfferedCommand,
  values: OptionValues,
  focused?: string,
): APIApplicationCommandInteractionDataOption[] {
  const unknownName = Object.keys(values).find((name) => !options.some((option) => option.name === name));
  if (unknownName !== undefined) throw new Error(`/${command.name} has no option ${unknownName}`);
  const missing = options.find((option) => option.required === true && values[option.name] === undefined);
  if (missing !== undefined && focused === undefined) {
    throw new Error(`/${command.name} needs the option ${missing.name}`);
  }

  const encoded = options.flatMap((option) => {
    const value = values[option.name];
    if (value === undefined) return [];
    return [encode(option, value, option.name === focused)];
  });
  return path.reduceRight<APIApplicationCommandInteractionDataOption[]>(
    (inner, { type, name }) => [{ type, name, options: inner } as APIApplicationCommandInteractionDataOption],
    encoded,
  );
}

function encode(option: APIApplicationCommandBasicOption, given: OptionValue, focused: boolean) {
  const { name, type } = option;
  const value = focused ? String(given) : checked(option, given);
  const encoded = { name, type, value, ...(focused ? { focused } : {}) };
  return encoded as APIApplicationCommandInteractionDataBasicOption; // value and type belong together: `checked` saw to it
}

function checked(option: APIApplicationCommandBasicOption, given: OptionValue): string | number | boolean {
  const refuse = (why: string): never => {
    throw new Error(`option ${option.name}: ${why}`);
  };
  if (REFERENCES.includes(option.type)) {
    return typeof given === 'object' ? given.id : refuse(`expects a handle, not ${String(given)}`);
  }
  if (typeof given === 'object') return refuse('takes no handle');
  if (option.type === OptionType.Boolean) {
    return typeof given === 'boolean' ? given : refuse(`${given} is not true or false`);
  }
  if ('choices' in option && option.choices !== undefined && option.choices.length > 0) {
    const choice = option.choices.find(({ name, value }) => name === given || value === given);
    return choice?.value ?? refuse(`${given} is not one of its choices`);
  }
  if (option.type === OptionType.String) {
    const { min_length = 0, max_length = MAX_TEXT } = option;
    const text = String(given);
    const fits = text.length >= min_length && text.length <= max_length && text !== '';
    return fits ? text : refuse(`length ${text.length} is outside ${Math.max(1, min_length)}…${max_length}`);
  }
  const number = Number(given);
  if (Number.isNaN(number)) return refuse(`${given} is not a number`);
  if (option.type === OptionType.Integer && !Number.isInteger(number)) return refuse(`${given} is not whole`);
  const { min_value = -(2 ** 53), max_value = 2 ** 53 } = option as {
    min_value?: number;
    max_value?: number;
  };
  if (number < min_value || number > max_value)
    return refuse(`${number} is outside ${min_value}…${max_value}`);
  return number;
}
