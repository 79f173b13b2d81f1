import { COMMAND_NAMES, type Messages } from '../locales/messages.ts';
import { COLOURS, type View } from './view.ts';

/** All commands with what they do, under the names of the reader's language. */
export function helpView(messages: Messages): View {
  const lines = COMMAND_NAMES.map((name) => {
    const { name: localName, description, options } = messages.commands[name];
    const parameters = Object.values(options).map((option) => ` ${option.name}`);
    return `\`/${localName}${parameters.join('')}\` · ${description}`;
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
