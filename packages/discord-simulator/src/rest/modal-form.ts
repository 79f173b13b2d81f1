import { type APIModalInteractionResponseCallbackData, ComponentType } from 'discord-api-types/v10';
import type { FormReader } from './form-reader.ts';

/** Reads the form that a bot opens in answer to an interaction; problems are noted in the form reader. */
export function readModal(data: FormReader): APIModalInteractionResponseCallbackData {
  data.text('custom_id', { required: true, min: 1, max: 100 });
  data.text('title', { required: true, min: 1, max: 45 });
  const customIds = new Set<string>();
  for (const row of data.list('components', { min: 1, max: 5 })) {
    const type = row.integer('type', {
      required: true,
      oneOf: [ComponentType.ActionRow, ComponentType.Label, ComponentType.TextDisplay],
    });
    if (type === ComponentType.TextDisplay) row.text('content', { required: true, min: 1, max: 4000 });
    if (type === ComponentType.ActionRow) {
      for (const input of row.list('components', { min: 1, max: 1 })) readTextInput(input, customIds, true);
    }
    if (type === ComponentType.Label) {
      row.text('label', { required: true, min: 1, max: 45 });
      row.text('description', { max: 100 });
      const input = row.object('component');
      if (input === undefined) row.fail('component', 'BASE_TYPE_REQUIRED', 'This field is required');
      else readTextInput(input, customIds, false);
    }
  }
  return data.value as unknown as APIModalInteractionResponseCallbackData;
}

function readTextInput(input: FormReader, customIds: Set<string>, labelled: boolean): void {
  input.integer('type', { required: true, oneOf: [ComponentType.TextInput] });
  const customId = input.text('custom_id', { required: true, min: 1, max: 100 });
  input.integer('style', { required: true, oneOf: [1, 2] });
  if (labelled) input.text('label', { required: true, min: 1, max: 45 });
  input.integer('min_length', { min: 0, max: 4000 });
  input.integer('max_length', { min: 1, max: 4000 });
  input.text('value', { max: 4000 });
  input.text('placeholder', { max: 100 });
  if (customId === undefined) return;
  if (customIds.has(customId)) {
    input.fail('custom_id', 'COMPONENT_CUSTOM_ID_DUPLICATED', 'Component custom id cannot be duplicated');
  }
  customIds.add(customId);
}
