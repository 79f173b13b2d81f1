import {
  InteractionContextType,
  type LocalizationMap,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
  SlashCommandBuilder,
  SlashCommandSubcommandBuilder,
} from 'discord.js';
import type { CommandTexts, OptionTexts } from '../locales/command-texts.ts';
import { en } from '../locales/en.ts';
import { DISCORD_LOCALES, MESSAGES } from '../locales/languages.ts';
import type { Command, OptionDefinition } from './command.ts';

type Descriptor = RESTPostAPIChatInputApplicationCommandsJSONBody;

/** Finds one command's or sub-command's texts in any language. */
type TextsIn = (commands: (typeof en)['commands']) => CommandTexts;

/**
 * What Discord is told of a command, in every language.
 *
 * @throws {@link Error} when a name, description or limit breaks Discord's rules, or a text is missing: a bug.
 */
export function describeCommand(command: Command): Descriptor {
  const texts: TextsIn = (commands) => commands[command.name];
  const builder = named(new SlashCommandBuilder(), texts).setContexts(InteractionContextType.Guild);
  if (command.permission !== undefined) builder.setDefaultMemberPermissions(command.permission);
  for (const option of command.options) addOption(builder, texts, option);
  for (const { name, options } of command.subcommands ?? []) {
    const subTexts: TextsIn = (commands) => subcommandOf(texts(commands), name);
    const subBuilder = named(new SlashCommandSubcommandBuilder(), subTexts);
    for (const option of options) addOption(subBuilder, subTexts, option);
    builder.addSubcommand(subBuilder);
  }
  return builder.toJSON();
}

function addOption(
  builder: SlashCommandBuilder | SlashCommandSubcommandBuilder,
  texts: TextsIn,
  option: OptionDefinition,
): void {
  const ofOption = (commands: (typeof en)['commands']) => textsOf(texts(commands), option.name);
  const describe = <T extends Describable<T> & { setRequired(required: boolean): T }>(target: T): T =>
    named(target, ofOption).setRequired(option.required);
  switch (option.type) {
    case 'integer':
      builder.addIntegerOption((target) => describe(target).setMinValue(option.min).setMaxValue(option.max));
      return;
    case 'number':
      builder.addNumberOption((target) => describe(target).setMinValue(option.min).setMaxValue(option.max));
      return;
    case 'string':
      builder.addStringOption((target) =>
        describe(target)
          .setMinLength(option.minLength ?? 0)
          .setMaxLength(option.maxLength)
          .setAutocomplete(option.autocomplete ?? false),
      );
      return;
    case 'choice':
      builder.addStringOption((target) =>
        describe(target).addChoices(
          option.values.map((value) => ({
            value,
            name: choiceName(texts(en.commands), option.name, value),
            name_localizations: localized((language) => choiceName(texts(language), option.name, value)),
          })),
        ),
      );
  }
}

/** Name and description, in every language. */
function named<T extends Describable<T>>(
  target: T,
  texts: (commands: (typeof en)['commands']) => { readonly name: string; readonly description: string },
): T {
  return target
    .setName(texts(en.commands).name)
    .setNameLocalizations(localized((language) => texts(language).name))
    .setDescription(texts(en.commands).description)
    .setDescriptionLocalizations(localized((language) => texts(language).description));
}

/** The part of every builder that carries texts. */
interface Describable<T> {
  setName(name: string): T;
  setNameLocalizations(map: LocalizationMap | null): T;
  setDescription(description: string): T;
  setDescriptionLocalizations(map: LocalizationMap | null): T;
}

function localized(read: (commands: (typeof en)['commands']) => string): LocalizationMap {
  const map: LocalizationMap = {};
  for (const [language, locales] of Object.entries(DISCORD_LOCALES)) {
    for (const locale of locales)
      map[locale] = read(MESSAGES[language as keyof typeof DISCORD_LOCALES].commands);
  }
  return map;
}

function subcommandOf(texts: CommandTexts, name: string): CommandTexts {
  const found = texts.subcommands?.[name];
  if (found === undefined) throw new Error(`bug: /${texts.name} has no texts for its sub-command ${name}`);
  return found;
}

function textsOf(texts: CommandTexts, option: string): OptionTexts {
  const found = texts.options[option];
  if (found === undefined) throw new Error(`bug: /${texts.name} has no texts for its option ${option}`);
  return found;
}

function choiceName(texts: CommandTexts, option: string, value: string): string {
  const label = textsOf(texts, option).choices?.[value];
  if (label === undefined)
    throw new Error(`bug: /${texts.name} has no text for the choice ${option}=${value}`);
  return label;
}
