import {
  type APIButtonComponent,
  type APIMessage,
  type APISelectMenuComponent,
  ButtonStyle,
  ComponentType,
} from 'discord-api-types/v10';

const SELECTS: readonly number[] = [
  ComponentType.StringSelect,
  ComponentType.UserSelect,
  ComponentType.RoleSelect,
  ComponentType.MentionableSelect,
  ComponentType.ChannelSelect,
];

/** Every button and select menu of a message, in reading order, however deep it sits. */
export function controlsOf(message: APIMessage): (APIButtonComponent | APISelectMenuComponent)[] {
  const found: (APIButtonComponent | APISelectMenuComponent)[] = [];
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
      return;
    }
    if (typeof value !== 'object' || value === null || !('type' in value)) return;
    if (value.type === ComponentType.Button) found.push(value as APIButtonComponent);
    if (SELECTS.includes(Number(value.type))) found.push(value as APISelectMenuComponent);
    if ('components' in value) visit(value.components);
    if ('accessory' in value) visit(value.accessory);
  };
  visit(message.components);
  return found;
}

/**
 * The button a person means by its custom id, its label or its emoji.
 *
 * @throws Error when there is none, or it cannot be pressed: disabled, or only a link.
 */
export function findButton(message: APIMessage, idOrLabel: string): { readonly customId: string } {
  const buttons = controlsOf(message).filter((control) => control.type === ComponentType.Button);
  const found = buttons.find((button) => buttonNames(button).includes(idOrLabel));
  if (found === undefined) {
    const names = buttons.map((button) => buttonNames(button).join(' = ')).join(', ');
    throw new Error(`no button ${idOrLabel}; there are: ${names || 'none'}`);
  }
  if (found.disabled === true) throw new Error(`the button ${idOrLabel} is disabled`);
  if (found.style === ButtonStyle.Link) throw new Error(`the button ${idOrLabel} only opens ${found.url}`);
  if (found.style === ButtonStyle.Premium) throw new Error(`the button ${idOrLabel} opens the shop`);
  return { customId: found.custom_id };
}

/** @throws Error when there is no such menu, it is disabled, or the values are not on offer. */
export function findSelect(message: APIMessage, customId: string, values: readonly string[]) {
  const menus = controlsOf(message).filter((control) => control.type !== ComponentType.Button);
  const found = menus.find((menu) => menu.custom_id === customId);
  if (found === undefined) {
    throw new Error(
      `no menu ${customId}; there are: ${menus.map((menu) => menu.custom_id).join(', ') || 'none'}`,
    );
  }
  if (found.disabled === true) throw new Error(`the menu ${customId} is disabled`);
  const { min_values = 1, max_values = 1 } = found;
  if (values.length < min_values || values.length > max_values) {
    throw new Error(`the menu ${customId} takes ${min_values} to ${max_values} values, not ${values.length}`);
  }
  if (found.type === ComponentType.StringSelect) {
    const offered = found.options.map(({ value }) => value);
    const foreign = values.find((value) => !offered.includes(value));
    if (foreign !== undefined) throw new Error(`the menu ${customId} does not offer ${foreign}`);
  }
  return found;
}

function buttonNames(button: APIButtonComponent): string[] {
  const id = 'custom_id' in button ? [button.custom_id] : [];
  const label = 'label' in button && button.label !== undefined ? [button.label] : [];
  const emoji = 'emoji' in button && typeof button.emoji?.name === 'string' ? [button.emoji.name] : [];
  return [...id, ...label, ...emoji];
}
