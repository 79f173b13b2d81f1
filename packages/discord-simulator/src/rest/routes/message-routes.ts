import { MessageFlags, PermissionFlagsBits } from 'discord-api-types/v10';
import type { MessageContent } from '../../world/message-content.ts';
import { permissionsOf } from '../../world/permissions.ts';
import type { ChannelRecord } from '../../world/records.ts';
import { isSnowflake, snowflakeTimeMs } from '../../world/snowflakes.ts';
import { refused, unknown } from '../api-error.ts';
import { FormReader } from '../form-reader.ts';
import { readMessage } from '../message-form.ts';
import { channelOf, type RestContext } from '../rest-context.ts';
import { botRoute, noContent, ok, openRoute, type RestCall, type Route } from '../route.ts';

const SEND_LIMIT = { calls: 5, windowMs: 5000 };
const DELETE_LIMIT = { calls: 5, windowMs: 1000 };
const BULK_DELETE_MAX_AGE_MS = 14 * 24 * 3600_000;
const BULK_DELETE = { min: 2, max: 100 };

/** The messages of a channel, as a bot reads and writes them. */
export function messageRoutes(context: RestContext): Route[] {
  const { board } = context;
  const existing = (channel: ChannelRecord, call: RestCall) => {
    const stored = board.find(channel.id, call.param('message'));
    if (stored === undefined || stored.visibleTo !== null) throw unknown.message();
    return stored;
  };

  return [
    botRoute('GET', '/channels/:channel/messages', (call, bot) => {
      const { guild, channel } = channelOf(context, bot, call.param('channel'));
      const readable =
        (permissionsOf(guild, bot.id, channel) & PermissionFlagsBits.ReadMessageHistory) !== 0n;
      return ok(readable ? page(context, channel, call.query) : []);
    }),
    botRoute('GET', '/channels/:channel/messages/:message', (call, bot) => {
      const { channel } = channelOf(context, bot, call.param('channel'), ['ReadMessageHistory']);
      return ok(existing(channel, call).message);
    }),
    botRoute(
      'POST',
      '/channels/:channel/messages',
      (call, bot) => {
        const { channel } = channelOf(context, bot, call.param('channel'), ['SendMessages']);
        const content = readMessage(call.body, call.files);
        if (content.embeds.length > 0) channelOf(context, bot, channel.id, ['EmbedLinks']);
        if (content.files.length > 0) channelOf(context, bot, channel.id, ['AttachFiles']);
        refuseUnknownReply(context, channel, content);
        return ok(board.post({ channel, authorId: bot.id, content: withoutEphemeral(content) }).message);
      },
      SEND_LIMIT,
    ),
    botRoute(
      'PATCH',
      '/channels/:channel/messages/:message',
      (call, bot) => {
        const { channel } = channelOf(context, bot, call.param('channel'));
        const stored = existing(channel, call);
        if (stored.message.author.id !== bot.id) throw refused.foreignMessage();
        return ok(board.edit(stored, readMessage(call.body, call.files, stored.content)).message);
      },
      SEND_LIMIT,
    ),
    botRoute(
      'DELETE',
      '/channels/:channel/messages/:message',
      (call, bot) => {
        const { channel } = channelOf(context, bot, call.param('channel'));
        const stored = existing(channel, call);
        if (stored.message.author.id !== bot.id) channelOf(context, bot, channel.id, ['ManageMessages']);
        board.delete(stored);
        return noContent();
      },
      DELETE_LIMIT,
    ),
    botRoute('POST', '/channels/:channel/messages/bulk-delete', (call, bot) => {
      const { channel } = channelOf(context, bot, call.param('channel'), ['ManageMessages']);
      const form = FormReader.of(call.body);
      const ids = form.texts('messages', BULK_DELETE);
      if (new Set(ids).size < BULK_DELETE.min)
        form.fail('messages', 'BASE_TYPE_BAD_LENGTH', 'Must be between 2 and 100 in length.');
      form.finish();
      const oldestMs = context.world.clock.now() - BULK_DELETE_MAX_AGE_MS;
      if (ids.some((id) => snowflakeTimeMs(id) < oldestMs)) throw refused.bulkDeleteTooOld();
      board.bulkDelete(
        channel,
        ids.flatMap((id) => board.find(channel.id, id) ?? []),
      );
      return noContent();
    }),
    openRoute('GET', '/attachments/:channel/:attachment/:name', (call) => {
      for (const stored of board.in(call.param('channel'))) {
        const file = stored.files.get(call.param('attachment'));
        if (file !== undefined) return { status: 200, body: file.content, contentType: file.contentType };
      }
      throw unknown.message();
    }),
  ];
}

/** Newest first; `before`, `after` and `around` exclude one another. */
function page({ board }: RestContext, channel: ChannelRecord, query: URLSearchParams) {
  const form = FormReader.of({ limit: Number(query.get('limit') ?? 50) });
  const limit = form.integer('limit', { min: 1, max: 100 }) ?? 50;
  const anchors = ['before', 'after', 'around'].flatMap((key) => {
    const id = query.get(key);
    if (id === null) return [];
    if (!isSnowflake(id)) form.fail(key, 'NUMBER_TYPE_COERCE', `Value "${id}" is not snowflake.`);
    return [{ key, id }];
  });
  if (anchors.length > 1) form.fail('', 'BASE_TYPE_MAX', 'before, after and around are mutually exclusive');
  form.finish();

  const messages = board
    .in(channel.id)
    .filter(({ visibleTo }) => visibleTo === null)
    .map(({ message }) => message);
  const anchor = anchors[0];
  if (anchor === undefined) return messages.slice(-limit).reverse();
  const before = messages.filter(({ id }) => BigInt(id) < BigInt(anchor.id));
  const after = messages.filter(({ id }) => BigInt(id) > BigInt(anchor.id));
  if (anchor.key === 'before') return before.slice(-limit).reverse();
  if (anchor.key === 'after') return after.slice(0, limit).reverse();
  const half = Math.floor(limit / 2);
  const itself = messages.filter(({ id }) => id === anchor.id);
  return [...before.slice(-half), ...itself, ...after.slice(0, half)].slice(0, limit).reverse();
}

function refuseUnknownReply({ board }: RestContext, channel: ChannelRecord, content: MessageContent): void {
  if (content.repliesTo === null || board.find(channel.id, content.repliesTo) !== undefined) return;
  const form = FormReader.of({});
  form.fail('message_reference', 'MESSAGE_REFERENCE_UNKNOWN_MESSAGE', 'Unknown message');
  form.finish();
}

/** Only interaction answers can be ephemeral; elsewhere Discord drops the flag. */
function withoutEphemeral(content: MessageContent): MessageContent {
  return { ...content, flags: content.flags & ~MessageFlags.Ephemeral };
}
