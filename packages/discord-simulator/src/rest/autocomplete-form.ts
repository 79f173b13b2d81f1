import type { APIApplicationCommandOptionChoice } from 'discord-api-types/v10';
import type { FormReader } from './form-reader.ts';

const MAX_CHOICES = 25;

/** Reads the choices that answer an autocomplete; problems are noted in the form reader. */
export function readChoices(data: FormReader): APIApplicationCommandOptionChoice[] {
  return data.list('choices', { max: MAX_CHOICES }).map((choice) => {
    choice.text('name', { required: true, min: 1, max: 100 });
    if (typeof choice.value['value'] === 'number') choice.number('value');
    else choice.text('value', { required: true, max: 100 });
    return choice.value as unknown as APIApplicationCommandOptionChoice;
  });
}
