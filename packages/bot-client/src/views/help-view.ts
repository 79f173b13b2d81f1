import type { CommandTexts } from '../locales/command-texts.ts';
import { COMMAND_NAMES, type Messages } from '../locales/messages.ts';
import { COLOURS, type View } from './view.ts';

/** All commands with what they do, under the names of the reader's language. */
export function helpView(messages: Messages): View {
  const lines = COMMAND_NAMES.flatMap((name) => {
    const texts = messages.commands[name];
    const { subcommands } = texts;
    if (subcommands === undefined) return [lineOf('', texts)];
    return Object.values(subcommands).map((sub) => lineOf(`${texts.name} `, sub));
  });
  return {
    embeds: [
      {
        color: COLOURS.plain,
        title: messages.help.title,
        description: [messages.help.intro, '', ...lines].join('\n'),
      },
    ],
    components: [],
  };
}

function lineOf(prefix: string, { name, description, options }: CommandTexts): string {
  const parameters = Object.values(options).map((option) => ` ${option.name}`);
  return `\`/${prefix}${name}${parameters.join('')}\` · ${description}`;
}
