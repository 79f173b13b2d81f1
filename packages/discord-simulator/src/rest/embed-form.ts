import type { APIEmbed } from 'discord-api-types/v10';
import type { FormReader } from './form-reader.ts';

const MAX_EMBEDS = 10;
/** Over all embeds of a message together (Discord, "Embed Limits"). */
const MAX_TOTAL = 6000;

/** Reads `embeds` of a message body; problems are noted in the form. */
export function readEmbeds(form: FormReader): APIEmbed[] {
  let total = 0;
  const embeds = form.list('embeds', { max: MAX_EMBEDS }).map((embed) => {
    total += readEmbed(embed);
    return embed.value as APIEmbed;
  });
  if (total > MAX_TOTAL) {
    form.fail('embeds', 'MAX_EMBED_SIZE_EXCEEDED', `Embed size exceeds maximum size of ${MAX_TOTAL}`);
  }
  return embeds;
}

/** @returns The characters that count towards the total. */
function readEmbed(embed: FormReader): number {
  let length = count(embed.text('title', { max: 256 })) + count(embed.text('description', { max: 4096 }));
  embed.url('url');
  embed.integer('color', { min: 0, max: 0xffffff });
  const timestamp = embed.text('timestamp');
  if (timestamp !== undefined && Number.isNaN(Date.parse(timestamp))) {
    embed.fail('timestamp', 'DATE_TYPE_CONVERT', 'Could not parse date. Should be ISO8601.');
  }

  const author = embed.object('author');
  length += count(author?.text('name', { required: true, max: 256 }));
  author?.url('url');
  author?.url('icon_url', { attachment: true });

  const footer = embed.object('footer');
  length += count(footer?.text('text', { required: true, max: 2048 }));
  footer?.url('icon_url', { attachment: true });

  embed.object('image')?.url('url', { required: true, attachment: true });
  embed.object('thumbnail')?.url('url', { required: true, attachment: true });

  for (const field of embed.list('fields', { max: 25 })) {
    length += count(field.text('name', { required: true, max: 256 }));
    length += count(field.text('value', { required: true, max: 1024 }));
    field.boolean('inline');
  }
  return length;
}

function count(text: string | undefined): number {
  return text === undefined ? 0 : [...text].length;
}
