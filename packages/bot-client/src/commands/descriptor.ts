import {
  InteractionContextType,
  type LocalizationMap,
  type RESTPostAPIChatInputApplicationCommandsJSONBody,
  SlashCommandBuilder,
} from 'discord.js';
import { en } from '../locales/en.ts';
import { DISCORD_LOCALES, MESSAGES } from '../locales/languages.ts';
import type { CommandTexts, OptionTexts } from '../locales/messages.ts';
import type { Command, OptionDefinition } from './command.ts';

type Descriptor = RESTPostAPIChatInputApplicationCommandsJSONBody;

/**
 * What Discord is told of a command, in every language.
 *
 * @throws {@link Error} when a name, description or limit breaks Discord's rules, or a text is missing: a bug.
 */
export function describeCommand(command: Command): Descriptor {
  const texts = en.commands[command.name];
  const builder = new SlashCommandBuilder()
    .setName(texts.name)
    .setNameLocalizations(localized((language) => language[command.name].name))
    .setDescription(texts.description)
    .setDescriptionLocalizations(localized((language) => language[command.name].description))
    .setContexts(InteractionContextType.Guild);
  for (const option of command.options) addOption(builder, command, option);
  return builder.toJSON();
}

function addOption(builder: SlashCommandBuilder, command: Command, option: OptionDefinition): void {
  const describe = <T extends Describable<T>>(target: T): T => {
    const pick = (read: (texts: OptionTexts) => string) =>
      localized((language) => read(textsOf(language[command.name], option.name)));
    const texts = textsOf(en.commands[command.name], option.name);
    return target
      .setName(texts.name)
      .setNameLocalizations(pick(({ name }) => name))
      .setDescription(texts.description)
      .setDescriptionLocalizations(pick(({ description }) => description))
      .setRequired(option.required);
  };
  if (option.type === 'integer') {
    builder.addIntegerOption((target) => describe(target).setMinValue(option.min).setMaxValue(option.max));
  } else if (option.type === 'string') {
    builder.addStringOption((target) =>
      describe(target)
        .setMinLength(option.minLength ?? 0)
        .setMaxLength(option.maxLength)
        .setAutocomplete(option.autocomplete ?? false),
    );
  } else {
    builder.addStringOption((target) =>
      describe(target).addChoices(
        option.values.map((value) => ({
          value,
          name: choiceName(en.commands[command.name], option.name, value),
          name_localizations: localized((language) => choiceName(language[command.name], option.name, value)),
        })),
      ),
    );
  }
}

/** The part of every option builder that carries texts. */
interface Describable<T> {
  setName(name: string): T;
  setNameLocalizations(map: LocalizationMap | null): T;
  setDescription(description: string): T;
  setDescriptionLocalizations(map: LocalizationMap | null): T;
  setRequired(required: boolean): T;
}

function localized(read: (commands: (typeof en)['commands']) => string): LocalizationMap {
  const map: LocalizationMap = {};
  for (const [language, locales] of Object.entries(DISCORD_LOCALES)) {
    for (const locale of locales)
      map[locale] = read(MESSAGES[language as keyof typeof DISCORD_LOCALES].commands);
  }
  return map;
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
