import { MessageFlags } from 'discord-api-types/v10';
import type { MessageContent, UploadedFile } from '../world/message-content.ts';
import { refused } from './api-error.ts';
import { readComponents } from './component-form.ts';
import { readEmbeds } from './embed-form.ts';
import { FormReader } from './form-reader.ts';

const MAX_CONTENT = 2000;
const MAX_FILES = 10;
const BOT_MAY_SET =
  MessageFlags.SuppressEmbeds |
  MessageFlags.Ephemeral |
  MessageFlags.SuppressNotifications |
  MessageFlags.IsComponentsV2;
const MENTION_KINDS = ['roles', 'users', 'everyone'];

/**
 * Reads the body of a new message, or of an edit, with Discord's limits.
 *
 * @param previous - The message being edited: absent fields keep its values, and its layout kind stays.
 * @throws ApiError 50035 with every problem, 50006 when nothing would be visible.
 */
export function readMessage(
  body: unknown,
  files: readonly UploadedFile[],
  previous?: MessageContent,
): MessageContent {
  const form = FormReader.of(body);
  const content = form.text('content', { max: MAX_CONTENT });
  const requested = form.integer('flags') ?? 0;
  if ((requested & ~BOT_MAY_SET) !== 0) {
    form.fail('flags', 'BASE_TYPE_CHOICES', `Bots may not set the flags ${requested & ~BOT_MAY_SET}.`);
  }
  const flags = requested | ((previous?.flags ?? 0) & MessageFlags.IsComponentsV2);
  const layout = (flags & MessageFlags.IsComponentsV2) !== 0 ? 'v2' : 'v1';

  const embeds = readEmbeds(form);
  const components = readComponents(form, layout);
  const mentions = readAllowedMentions(form);
  const shown = {
    content: keep(form, 'content', content ?? '', previous?.content ?? ''),
    embeds: keep(form, 'embeds', embeds, previous?.embeds ?? []),
  };
  if (layout === 'v2') refuseLegacyFields(form, shown.content, shown.embeds.length);
  if (files.length > MAX_FILES) {
    form.fail('files', 'BASE_TYPE_MAX_LENGTH', `Must be ${MAX_FILES} or fewer in length.`);
  }
  const reference = form.object('message_reference');
  const repliesTo = reference?.snowflake('message_id', { required: true });
  form.boolean('tts');
  const keptAttachments =
    'attachments' in form.value ? attachmentIds(form) : (previous?.keptAttachments ?? []);
  form.finish();

  const read: MessageContent = {
    ...shown,
    components: keep(form, 'components', components, previous?.components ?? []),
    allowedMentions: mentions ?? previous?.allowedMentions ?? null,
    files,
    flags,
    repliesTo: repliesTo ?? previous?.repliesTo ?? null,
    tts: form.value['tts'] === true,
    keptAttachments,
  };
  const attached = files.length > 0 || keptAttachments.length > 0;
  const visible = read.content.trim() !== '' || read.embeds.length > 0 || read.components.length > 0;
  if (!visible && !attached) throw refused.emptyMessage();
  return read;
}

/** In an edit an absent field keeps the old value, while `null` and `[]` clear it. */
function keep<T>(form: FormReader, key: string, read: T, previous: T): T {
  return key in form.value ? read : previous;
}

function attachmentIds(form: FormReader): string[] {
  return form.list('attachments').map((attachment) => String(attachment.value['id']));
}

function refuseLegacyFields(form: FormReader, content: string, embeds: number): void {
  const code = 'MESSAGE_CANNOT_USE_LEGACY_FIELDS_WITH_COMPONENTS_V2';
  const message = 'The message contains fields that cannot be used with the IS_COMPONENTS_V2 flag.';
  if (content !== '') form.fail('content', code, message);
  if (embeds > 0) form.fail('embeds', code, message);
}

function readAllowedMentions(form: FormReader): MessageContent['allowedMentions'] | undefined {
  const mentions = form.object('allowed_mentions');
  if (mentions === undefined) return undefined;
  const parse = mentions.texts('parse');
  if (parse.some((kind) => !MENTION_KINDS.includes(kind))) {
    mentions.fail('parse', 'BASE_TYPE_CHOICES', `Value must be one of (${MENTION_KINDS.join(', ')}).`);
  }
  const users = mentions.texts('users', { max: 100 });
  const roles = mentions.texts('roles', { max: 100 });
  const both = (parse.includes('users') && users.length > 0) || (parse.includes('roles') && roles.length > 0);
  if (both) {
    mentions.fail(
      'parse',
      'MESSAGE_ALLOWED_MENTIONS_PARSE_EXCLUSIVE',
      'parse and ids are mutually exclusive',
    );
  }
  return { parse, users, roles, repliedUser: mentions.boolean('replied_user') ?? false };
}
