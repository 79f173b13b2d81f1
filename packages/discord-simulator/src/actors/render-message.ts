import {
  type APIButtonComponent,
  type APIEmbed,
  type APIMessage,
  ButtonStyle,
  ComponentType,
  MessageFlags,
} from 'discord-api-types/v10';

const QUOTE = '│ ';

/**
 * A message as plain text, for a terminal or a test's output: text, embeds, files, then the buttons.
 *
 * Control characters are taken out, so that nothing a stranger wrote can move the cursor.
 */
export function renderMessage(message: APIMessage): string {
  const flags = message.flags ?? 0;
  const marks = [
    (flags & MessageFlags.Ephemeral) === 0 ? '' : ' (only you see this)',
    message.edited_timestamp === null ? '' : ' (edited)',
  ];
  const head = `${message.author.global_name ?? message.author.username}${marks.join('')}`;
  const thinking = (flags & MessageFlags.Loading) === 0 ? [] : ['… is thinking'];
  const body = [
    ...thinking,
    ...lines(message.content),
    ...message.embeds.flatMap((embed) => renderEmbed(embed).map((line) => `${QUOTE}${line}`)),
    ...message.attachments.map(({ filename, size }) => `[file ${filename}, ${size} bytes]`),
    ...renderComponents(message.components ?? []),
  ];
  return printable([head, ...body.map((line) => `  ${line}`)].join('\n'));
}

function renderEmbed(embed: APIEmbed): string[] {
  return [
    ...lines(embed.author?.name),
    ...lines(link(embed.title, embed.url)),
    ...lines(embed.description),
    ...(embed.fields ?? []).flatMap(({ name, value }) => [
      ...lines(`${name}:`),
      ...lines(value).map((line) => `  ${line}`),
    ]),
    ...lines(embed.image && `[image ${embed.image.url}]`),
    ...lines(embed.footer && `— ${embed.footer.text}`),
  ];
}

function renderComponents(components: readonly unknown[]): string[] {
  return components.flatMap((component): string[] => {
    if (typeof component !== 'object' || component === null || !('type' in component)) return [];
    const children =
      'components' in component && Array.isArray(component.components) ? component.components : [];
    switch (component.type) {
      case ComponentType.ActionRow:
        return [children.flatMap((child) => renderComponents([child])).join(' ')];
      case ComponentType.Button:
        return [renderButton(component as APIButtonComponent)];
      case ComponentType.TextDisplay:
        return lines((component as { content?: string }).content);
      case ComponentType.Separator:
        return ['────'];
      case ComponentType.Container:
        return renderComponents(children).map((line) => `${QUOTE}${line}`);
      case ComponentType.Section: {
        const accessory = 'accessory' in component ? renderComponents([component.accessory]) : [];
        return [...renderComponents(children), ...accessory];
      }
      case ComponentType.Thumbnail:
      case ComponentType.File:
      case ComponentType.MediaGallery:
        return ['[media]'];
      default:
        return [renderMenu(component)];
    }
  });
}

function renderButton(button: APIButtonComponent): string {
  const emoji = 'emoji' in button ? button.emoji?.name : undefined;
  const label = 'label' in button ? button.label : undefined;
  const text = [emoji, label].filter((part) => part !== undefined && part !== null).join(' ');
  const target = button.style === ButtonStyle.Link ? ` → ${button.url}` : '';
  return button.disabled === true ? `(${text}${target})` : `[${text}${target}]`;
}

function renderMenu(component: object): string {
  const { placeholder, options } = component as {
    placeholder?: string;
    options?: readonly { readonly label: string; readonly default?: boolean }[];
  };
  const labels = (options ?? []).map((option) =>
    option.default === true ? `*${option.label}` : option.label,
  );
  return `▼ ${[placeholder, labels.join(' / ')].filter((part) => part !== undefined && part !== '').join(': ')}`;
}

function link(text: string | undefined, url: string | undefined): string | undefined {
  return text !== undefined && url !== undefined ? `${text} <${url}>` : text;
}

function lines(text: string | undefined): string[] {
  return text === undefined || text === '' ? [] : text.split('\n');
}

function printable(text: string): string {
  return text.replace(/[\p{Cc}\p{Bidi_Control}]/gu, (character) => (character === '\n' ? '\n' : ''));
}
