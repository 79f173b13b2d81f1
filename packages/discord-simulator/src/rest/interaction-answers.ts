import {
  InteractionResponseType as Answer,
  type APIMessageInteractionMetadata,
  ApplicationIntegrationType,
  InteractionType,
  MessageFlags,
  MessageType,
} from 'discord-api-types/v10';
import type { InteractionRecord } from '../world/interaction-ledger.ts';
import type { StoredMessage } from '../world/message-board.ts';
import { type MessageContent, plainText, type UploadedFile } from '../world/message-content.ts';
import { refused, unknown } from './api-error.ts';
import { readChoices } from './autocomplete-form.ts';
import { FormReader } from './form-reader.ts';
import { readMessage } from './message-form.ts';
import { readModal } from './modal-form.ts';
import type { RestContext } from './rest-context.ts';

/** Which callback types an interaction takes (Discord, "Interaction Callback Type"). */
const ALLOWED: Readonly<Record<InteractionType, readonly Answer[]>> = {
  [InteractionType.Ping]: [Answer.Pong],
  [InteractionType.ApplicationCommand]: [
    Answer.ChannelMessageWithSource,
    Answer.DeferredChannelMessageWithSource,
    Answer.Modal,
  ],
  [InteractionType.MessageComponent]: [
    Answer.ChannelMessageWithSource,
    Answer.DeferredChannelMessageWithSource,
    Answer.DeferredMessageUpdate,
    Answer.UpdateMessage,
    Answer.Modal,
  ],
  [InteractionType.ApplicationCommandAutocomplete]: [Answer.ApplicationCommandAutocompleteResult],
  [InteractionType.ModalSubmit]: [
    Answer.ChannelMessageWithSource,
    Answer.DeferredChannelMessageWithSource,
    Answer.DeferredMessageUpdate,
    Answer.UpdateMessage,
  ],
};
const NEEDS_SOURCE: readonly number[] = [Answer.DeferredMessageUpdate, Answer.UpdateMessage];

interface Callback {
  readonly type: Answer;
  /** The message that was made or changed by it. */
  readonly message?: StoredMessage;
}

/** What a bot may do with an interaction: the one callback, and then the messages under its token. */
export class InteractionAnswers {
  readonly #context: RestContext;

  constructor(context: RestContext) {
    this.#context = context;
  }

  /** @throws ApiError 10062 when it is unknown or expired, 40060 when it was answered before. */
  callback(record: InteractionRecord, body: unknown, files: readonly UploadedFile[]): Callback {
    if (record.status === 'expired') throw unknown.interaction();
    if (record.status !== 'waiting') throw refused.alreadyAcknowledged();

    const form = FormReader.of(body);
    const { type: kind, source } = record.origin;
    const oneOf = ALLOWED[kind].filter((type) => source !== undefined || !NEEDS_SOURCE.includes(type));
    const type: Answer | undefined = form.integer('type', { required: true, oneOf });
    form.finish();
    const data = form.object('data') ?? FormReader.of({});

    switch (type) {
      case Answer.ChannelMessageWithSource: {
        const message = this.#post(record, readMessage(data.value, files), false);
        record.setOriginal(message);
        record.acknowledge('answered');
        return { type, message };
      }
      case Answer.DeferredChannelMessageWithSource: {
        const flags = (data.integer('flags') ?? 0) & (MessageFlags.Ephemeral | MessageFlags.IsComponentsV2);
        data.finish();
        const message = this.#post(record, { ...plainText(''), flags }, true);
        record.setOriginal(message);
        record.acknowledge('deferred');
        return { type, message };
      }
      case Answer.DeferredMessageUpdate: {
        const message = this.#current(source);
        record.setOriginal(message);
        record.acknowledge('answered');
        return { type, message };
      }
      case Answer.UpdateMessage: {
        const message = this.#current(source);
        const updated = this.#context.board.edit(message, readMessage(data.value, files, message.content));
        record.setOriginal(updated);
        record.acknowledge('answered');
        return { type, message: updated };
      }
      case Answer.ApplicationCommandAutocompleteResult: {
        const choices = readChoices(data);
        data.finish();
        record.acknowledge('answered');
        record.emit('choices', choices);
        return { type };
      }
      case Answer.Modal: {
        const modal = readModal(data);
        data.finish();
        record.acknowledge('answered');
        record.emit('modal', modal);
        return { type };
      }
      default:
        throw new Error(`bug: callback type ${type} passed the check`);
    }
  }

  /** A deferred answer gets its content by the first follow-up, which Discord keeps up for older bots. */
  followup(record: InteractionRecord, body: unknown, files: readonly UploadedFile[]): StoredMessage {
    if (record.status === 'deferred') return this.edit(record, '@original', body, files);
    const content = readMessage(body, files);
    const message = this.#post(record, { ...content, repliesTo: record.originalId }, false);
    record.addFollowup(message);
    return message;
  }

  find(record: InteractionRecord, messageId: string): StoredMessage {
    const id = messageId === '@original' ? record.originalId : messageId;
    if (id === null || !record.messageIds.has(id)) throw unknown.message();
    const stored = this.#context.board.find(record.origin.channel.id, id);
    if (stored === undefined) throw unknown.message();
    return stored;
  }

  edit(
    record: InteractionRecord,
    messageId: string,
    body: unknown,
    files: readonly UploadedFile[],
  ): StoredMessage {
    const stored = this.find(record, messageId);
    const content = readMessage(body, files, stored.content);
    const edited = this.#context.board.edit(stored, {
      ...content,
      flags: content.flags & ~MessageFlags.Ephemeral,
    });
    if (edited.message.id === record.originalId) record.resolve();
    return edited;
  }

  delete(record: InteractionRecord, messageId: string): void {
    const stored = this.find(record, messageId);
    this.#context.board.delete(stored);
    if (stored.message.id === record.originalId) record.resolve();
  }

  /** The message a component stands on may have been edited, or deleted, since it was used. */
  #current(source: StoredMessage | undefined): StoredMessage {
    const stored = source && this.#context.board.find(source.channel.id, source.message.id);
    if (stored === undefined) throw unknown.message();
    return stored;
  }

  #post(record: InteractionRecord, content: MessageContent, loading: boolean): StoredMessage {
    const { channel, applicationId, userId, type } = record.origin;
    const isCommand = type === InteractionType.ApplicationCommand;
    const ephemeral = (content.flags & MessageFlags.Ephemeral) !== 0;
    return this.#context.board.post({
      channel,
      authorId: applicationId,
      applicationId,
      content:
        record.origin.source === undefined
          ? content
          : { ...content, repliesTo: content.repliesTo ?? record.origin.source.message.id },
      visibleTo: ephemeral ? userId : null,
      interaction: this.#metadata(record),
      loading,
      ...(isCommand && record.originalId === null ? { type: MessageType.ChatInputCommand } : {}),
    });
  }

  #metadata(record: InteractionRecord): APIMessageInteractionMetadata {
    const { origin, originalId } = record;
    return {
      id: record.id,
      type: origin.type,
      user: this.#context.world.user(origin.userId),
      authorizing_integration_owners: { [ApplicationIntegrationType.GuildInstall]: origin.channel.guildId },
      ...(originalId === null ? {} : { original_response_message_id: originalId }),
      ...(origin.source === undefined ? {} : { interacted_message_id: origin.source.message.id }),
    } as APIMessageInteractionMetadata; // one of five shapes, chosen by `type`
  }
}
