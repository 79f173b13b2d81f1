import { type APIMessageTopLevelComponent, ButtonStyle, ComponentType } from 'discord-api-types/v10';
import type { FormReader } from './form-reader.ts';

export type Layout = 'v1' | 'v2';

const MAX_ROWS = 5;
const MAX_BUTTONS_IN_ROW = 5;
/** Nested ones included (Discord, "Component Reference"). */
const MAX_V2_COMPONENTS = 40;
const MAX_V2_TEXT = 4000;
const SELECTS: readonly number[] = [
  ComponentType.StringSelect,
  ComponentType.UserSelect,
  ComponentType.RoleSelect,
  ComponentType.MentionableSelect,
  ComponentType.ChannelSelect,
];
const V2_TOP_LEVEL: readonly number[] = [
  ComponentType.ActionRow,
  ComponentType.Section,
  ComponentType.TextDisplay,
  ComponentType.MediaGallery,
  ComponentType.File,
  ComponentType.Separator,
  ComponentType.Container,
];
const IN_CONTAINER = V2_TOP_LEVEL.filter((type) => type !== ComponentType.Container);

/** Reads `components` of a message body; problems are noted in the form. */
export function readComponents(form: FormReader, layout: Layout): APIMessageTopLevelComponent[] {
  const reading = new ComponentReading();
  const top = form.list('components', { max: layout === 'v1' ? MAX_ROWS : MAX_V2_COMPONENTS });
  for (const component of top) {
    reading.component(component, layout === 'v1' ? [ComponentType.ActionRow] : V2_TOP_LEVEL);
  }
  if (reading.count > MAX_V2_COMPONENTS && layout === 'v2') {
    form.fail('components', 'COMPONENT_MAX_TOTAL', `Must be ${MAX_V2_COMPONENTS} or fewer in total.`);
  }
  if (reading.textLength > MAX_V2_TEXT) {
    form.fail('components', 'COMPONENT_DISPLAYABLE_TEXT_SIZE_EXCEEDED', `Must be ${MAX_V2_TEXT} or fewer.`);
  }
  return top.map((component) => component.value as unknown as APIMessageTopLevelComponent);
}

/** One walk through the component tree, with what must hold over all of it. */
class ComponentReading {
  count = 0;
  textLength = 0;
  readonly #customIds = new Set<string>();

  component(form: FormReader, allowed: readonly number[]): void {
    this.count += 1;
    const type = form.integer('type', { required: true, oneOf: allowed });
    form.integer('id', { min: 0 });
    if (type === undefined || !allowed.includes(type)) return;
    if (SELECTS.includes(type)) this.#select(form, type);
    else this.#readers[type]?.(form);
  }

  readonly #readers: Readonly<Partial<Record<number, (form: FormReader) => void>>> = {
    [ComponentType.ActionRow]: (form) => this.#row(form),
    [ComponentType.Button]: (form) => this.#button(form),
    [ComponentType.TextDisplay]: (form) => this.#text(form),
    [ComponentType.Section]: (form) => this.#section(form),
    [ComponentType.Container]: (form) => this.#container(form),
    [ComponentType.Thumbnail]: (form) => this.#media(form, 'media'),
    [ComponentType.File]: (form) => this.#media(form, 'file'),
    [ComponentType.MediaGallery]: (form) => {
      for (const item of form.list('items', { min: 1, max: 10 })) this.#media(item, 'media');
    },
    [ComponentType.Separator]: (form) => {
      form.boolean('divider');
      form.integer('spacing', { oneOf: [1, 2] });
    },
  };

  #row(form: FormReader): void {
    const children = form.list('components', { min: 1, max: MAX_BUTTONS_IN_ROW });
    for (const child of children) this.component(child, [ComponentType.Button, ...SELECTS]);
    const selects = children.filter((child) => SELECTS.includes(Number(child.value['type'])));
    if (selects.length > 0 && children.length > 1) {
      form.fail(
        'components',
        'COMPONENT_LAYOUT_WIDTH_EXCEEDED',
        'The specified component exceeds the maximum width',
      );
    }
  }

  #button(form: FormReader): void {
    const style = form.integer('style', {
      required: true,
      min: ButtonStyle.Primary,
      max: ButtonStyle.Premium,
    });
    form.boolean('disabled');
    if (style === ButtonStyle.Premium) {
      form.snowflake('sku_id', { required: true });
      return;
    }
    const label = form.text('label', { max: 80 });
    if ((label === undefined || label === '') && !form.has('emoji')) {
      form.fail('label', 'BUTTON_COMPONENT_LABEL_REQUIRED', 'A button needs a label or an emoji');
    }
    if (style === ButtonStyle.Link) {
      form.url('url', { required: true, max: 512 });
      if (form.has('custom_id')) {
        form.fail('', 'BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE', 'A link button has no custom id');
      }
      return;
    }
    this.#customId(form);
    if (form.has('url')) {
      form.fail('', 'BUTTON_COMPONENT_CUSTOM_ID_URL_MUTUALLY_EXCLUSIVE', 'Only a link button has a url');
    }
  }

  #select(form: FormReader, type: number): void {
    this.#customId(form);
    form.text('placeholder', { max: 150 });
    const min = form.integer('min_values', { min: 0, max: 25 }) ?? 1;
    const max = form.integer('max_values', { min: 1, max: 25 }) ?? 1;
    if (min > max) form.fail('min_values', 'BASE_TYPE_MAX', 'min_values must not exceed max_values');
    form.boolean('disabled');
    if (type !== ComponentType.StringSelect) return;

    const values = new Set<string>();
    const options = form.list('options', { min: 1, max: 25 });
    if (options.length === 0) form.fail('options', 'BASE_TYPE_REQUIRED', 'This field is required');
    for (const option of options) {
      option.text('label', { required: true, min: 1, max: 100 });
      const value = option.text('value', { required: true, min: 1, max: 100 });
      option.text('description', { max: 100 });
      if (value !== undefined && values.has(value)) {
        option.fail(
          'value',
          'SELECT_COMPONENT_OPTION_VALUE_DUPLICATED',
          'The specified option value is already used',
        );
      }
      if (value !== undefined) values.add(value);
    }
  }

  #text(form: FormReader): void {
    this.textLength += [...(form.text('content', { required: true, min: 1, max: MAX_V2_TEXT }) ?? '')].length;
  }

  #section(form: FormReader): void {
    for (const child of form.list('components', { min: 1, max: 3 })) {
      this.component(child, [ComponentType.TextDisplay]);
    }
    const accessory = form.object('accessory');
    if (accessory === undefined) form.fail('accessory', 'BASE_TYPE_REQUIRED', 'This field is required');
    else this.component(accessory, [ComponentType.Button, ComponentType.Thumbnail]);
  }

  #container(form: FormReader): void {
    form.integer('accent_color', { min: 0, max: 0xffffff });
    for (const child of form.list('components', { min: 1 })) this.component(child, IN_CONTAINER);
  }

  #media(form: FormReader, key: string): void {
    const media = form.object(key);
    if (media === undefined) form.fail(key, 'BASE_TYPE_REQUIRED', 'This field is required');
    else media.url('url', { required: true, attachment: true });
    form.text('description', { max: 1024 });
  }

  #customId(form: FormReader): void {
    const customId = form.text('custom_id', { required: true, min: 1, max: 100 });
    if (customId === undefined) return;
    if (this.#customIds.has(customId)) {
      form.fail('custom_id', 'COMPONENT_CUSTOM_ID_DUPLICATED', 'Component custom id cannot be duplicated');
    }
    this.#customIds.add(customId);
  }
}
