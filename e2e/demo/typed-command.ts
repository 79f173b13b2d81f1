/** The part of Discord's application command option that matters for typing it. */
export interface TypedOption {
  readonly name: string;
  readonly type: number;
  readonly required?: boolean;
  readonly autocomplete?: boolean;
  /** Of a sub-command. */
  readonly options?: readonly TypedOption[];
}

export interface TypedDefinition {
  readonly name: string;
  readonly options?: readonly TypedOption[];
}

export interface TypedCommand {
  /** Of a sub-command: `filter preset`. */
  readonly name: string;
  readonly values: Readonly<Record<string, string | number | boolean>>;
}

const SUBCOMMAND = 1;
const STRING = 3;
const INTEGER = 4;
const BOOLEAN = 5;
const NUMBER = 10;

/**
 * Understands a line such as `/play some words`, `/play words position:next` or `/move 3 1` the way a person means it: what is
 * not named goes to the options in order, and free text to the first one as a whole.
 *
 * @throws Error in words for whoever typed it.
 */
export function parseTypedCommand(line: string, definitions: readonly TypedDefinition[]): TypedCommand {
  const [, name = '', rest = ''] = /^\/?(\S+)\s*(.*)$/s.exec(line.trim()) ?? [];
  const definition = definitions.find((candidate) => candidate.name === name);
  if (definition === undefined) throw new Error(`there is no command /${name}; /help lists them`);
  const subcommands = definition.options?.filter(({ type }) => type === SUBCOMMAND) ?? [];
  if (subcommands.length > 0) return parseSubcommand(name, rest, subcommands);
  const options = definition.options ?? [];
  const values: Record<string, string | number | boolean> = {};
  const free: string[] = [];
  for (const word of rest.split(/\s+/).filter(Boolean)) {
    const [, key = '', value = ''] = /^([\w-]+):(.+)$/s.exec(word) ?? [];
    const named = options.find((option) => option.name === key);
    if (named === undefined) free.push(word);
    else values[named.name] = optionValue(named, value);
  }
  const open = options.filter((option) => values[option.name] === undefined);
  const required = open.filter((option) => option.required === true).length;
  const share = required > 1 ? splitWords(free, required) : free.length > 0 ? [free.join(' ')] : [];
  for (const [index, text] of share.entries()) {
    const option = open[index];
    if (option === undefined) throw new Error(`/${name} takes no more than ${options.length} options`);
    values[option.name] = optionValue(option, text);
  }
  return { name, values };
}

function parseSubcommand(name: string, rest: string, subcommands: readonly TypedOption[]): TypedCommand {
  const wanted = rest.split(/\s+/, 1)[0];
  if (!subcommands.some((subcommand) => subcommand.name === wanted)) {
    throw new Error(`/${name} is followed by ${subcommands.map((subcommand) => subcommand.name).join(', ')}`);
  }
  const { name: subcommand, values } = parseTypedCommand(rest, subcommands);
  return { name: `${name} ${subcommand}`, values };
}

/** The first option takes what the others leave over. */
function splitWords(words: readonly string[], count: number): string[] {
  const rest = words.slice(Math.max(1, words.length - count + 1));
  return [words.slice(0, words.length - rest.length).join(' '), ...rest].filter((text) => text !== '');
}

function optionValue({ name, type }: TypedOption, text: string): string | number | boolean {
  if (type === STRING) return text;
  if (type === BOOLEAN) return text === 'true' || text === 'yes';
  if (type === INTEGER || type === NUMBER) {
    const value = Number(text);
    if (Number.isNaN(value)) throw new Error(`${name} is a number, not ${text}`);
    return value;
  }
  throw new Error(`${name} cannot be typed here`);
}
