import {
  type APIAttachment,
  type APIEmbed,
  type APIMessage,
  type APIMessageInteractionMetadata,
  type APIMessageTopLevelComponent,
  EmbedType,
  GatewayDispatchEvents,
  MessageFlags,
  type MessageReferenceType,
  MessageType,
} from 'discord-api-types/v10';
import { mentionsIn } from './mentions.ts';
import type { MessageContent, UploadedFile } from './message-content.ts';
import { memberPayload } from './payloads.ts';
import type { ChannelRecord } from './records.ts';
import type { World } from './world.ts';

/** Per channel; the oldest go first. */
const MAX_MESSAGES = 1000;
const DEFAULT_REFERENCE = 0 as MessageReferenceType;

export interface StoredMessage {
  /** Replaced, never changed in place, by every edit: an older reference stays an older version. */
  readonly message: APIMessage;
  readonly content: MessageContent;
  readonly channel: ChannelRecord;
  /** The one person who sees an ephemeral message. */
  readonly visibleTo: string | null;
  readonly files: ReadonlyMap<string, UploadedFile>;
}

export interface MessageDraft {
  readonly channel: ChannelRecord;
  readonly authorId: string;
  readonly content: MessageContent;
  readonly visibleTo?: string | null;
  readonly applicationId?: string;
  readonly interaction?: APIMessageInteractionMetadata;
  readonly type?: MessageType;
  /** "… is thinking": a deferred answer whose content is still to come. */
  readonly loading?: boolean;
}

export interface MessageChange {
  readonly kind: 'create' | 'edit' | 'delete';
  readonly stored: StoredMessage;
}

/** The messages of every channel. */
export class MessageBoard {
  readonly #world: World;
  readonly #fileUrl: (path: string) => string;
  readonly #channels = new Map<string, Map<string, StoredMessage>>();
  readonly #listeners = new Set<(change: MessageChange) => void>();

  /** @param fileUrl - Makes an absolute address of a path under which attachments are served. */
  constructor(world: World, fileUrl: (path: string) => string) {
    this.#world = world;
    this.#fileUrl = fileUrl;
  }

  onChange(listener: (change: MessageChange) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Oldest first, ephemeral ones included. */
  in(channelId: string): StoredMessage[] {
    return [...(this.#channels.get(channelId)?.values() ?? [])];
  }

  find(channelId: string, messageId: string): StoredMessage | undefined {
    return this.#channels.get(channelId)?.get(messageId);
  }

  post(draft: MessageDraft): StoredMessage {
    const id = this.#world.ids.timed();
    const stored = this.#store(draft.channel, {
      message: this.#build(id, draft),
      content: draft.content,
      channel: draft.channel,
      visibleTo: draft.visibleTo ?? null,
      files: new Map(),
    });
    this.#announce('create', stored);
    return stored;
  }

  edit(stored: StoredMessage, content: MessageContent): StoredMessage {
    const wasLoading = ((stored.message.flags ?? 0) & MessageFlags.Loading) !== 0;
    const edited = this.#store(stored.channel, {
      ...stored,
      content,
      message: {
        ...stored.message,
        ...this.#visible(content),
        flags: content.flags | ((stored.message.flags ?? 0) & MessageFlags.Ephemeral),
        edited_timestamp: wasLoading ? null : this.#world.nowIso(),
        attachments: stored.message.attachments.filter(({ id }) => content.keptAttachments.includes(id)),
      },
    });
    this.#announce('edit', edited);
    return edited;
  }

  delete(stored: StoredMessage): void {
    this.#remove(stored);
    if (stored.visibleTo !== null) return;
    const { id, channel_id } = stored.message;
    const guildId = stored.channel.guildId;
    this.#world.dispatch(
      { t: GatewayDispatchEvents.MessageDelete, d: { id, channel_id, guild_id: guildId } },
      { guildId },
    );
  }

  bulkDelete(channel: ChannelRecord, messages: readonly StoredMessage[]): void {
    for (const stored of messages) this.#remove(stored);
    const ids = messages.map(({ message }) => message.id);
    this.#world.dispatch(
      {
        t: GatewayDispatchEvents.MessageDeleteBulk,
        d: { ids, channel_id: channel.id, guild_id: channel.guildId },
      },
      { guildId: channel.guildId },
    );
  }

  #remove(stored: StoredMessage): void {
    this.#channels.get(stored.channel.id)?.delete(stored.message.id);
    this.#tell('delete', stored);
  }

  #store(channel: ChannelRecord, draft: StoredMessage): StoredMessage {
    const stored = this.#attach(draft);
    const messages = this.#channels.get(channel.id) ?? new Map<string, StoredMessage>();
    messages.set(stored.message.id, stored);
    this.#channels.set(channel.id, messages);
    const oldest = messages.keys().next().value;
    if (messages.size > MAX_MESSAGES && oldest !== undefined) messages.delete(oldest);
    return stored;
  }

  /** Turns uploaded files into attachments with an id and an address. */
  #attach(stored: StoredMessage): StoredMessage {
    const files = new Map(stored.files);
    const attachments = [...stored.message.attachments];
    for (const file of stored.content.files) {
      const id = this.#world.ids.timed();
      const url = this.#fileUrl(`/attachments/${stored.channel.id}/${id}/${encodeURIComponent(file.name)}`);
      const attachment: APIAttachment = {
        id,
        filename: file.name,
        size: file.content.length,
        url,
        proxy_url: url,
        content_type: file.contentType,
      };
      attachments.push(attachment);
      files.set(id, file);
    }
    const keptAttachments = attachments.map(({ id }) => id);
    return {
      ...stored,
      files,
      content: { ...stored.content, files: [], keptAttachments },
      message: { ...stored.message, attachments },
    };
  }

  #build(id: string, draft: MessageDraft): APIMessage {
    const { content, interaction, applicationId } = draft;
    const repliedTo = content.repliesTo === null ? undefined : this.find(draft.channel.id, content.repliesTo);
    let flags = content.flags;
    if (draft.loading === true) flags |= MessageFlags.Loading;
    return {
      id,
      channel_id: draft.channel.id,
      type: draft.type ?? (repliedTo === undefined ? MessageType.Default : MessageType.Reply),
      author: this.#world.user(draft.authorId),
      ...this.#visible(content),
      flags,
      timestamp: this.#world.nowIso(),
      edited_timestamp: null,
      attachments: [],
      pinned: false,
      tts: content.tts,
      ...(applicationId === undefined ? {} : { application_id: applicationId }),
      ...(interaction === undefined ? {} : { interaction_metadata: interaction, webhook_id: applicationId }),
      ...(repliedTo === undefined ? {} : { message_reference: reference(repliedTo) }),
      ...(repliedTo === undefined ? {} : { referenced_message: repliedTo.message }),
    } as APIMessage; // webhook_id and application_id go together, which the spread hides from the compiler
  }

  #visible(content: MessageContent) {
    const mentions = mentionsIn(content);
    return {
      content: content.content,
      embeds: content.embeds.map((embed): APIEmbed => ({ ...structuredClone(embed), type: EmbedType.Rich })),
      components: numbered(content.components),
      mentions: mentions.userIds.flatMap((id) => this.#world.users.get(id) ?? []),
      mention_roles: [...mentions.roleIds],
      mention_everyone: mentions.everyone,
    };
  }

  #announce(kind: 'create' | 'edit', stored: StoredMessage): void {
    this.#tell(kind, stored);
    if (stored.visibleTo !== null) return;
    const guild = this.#world.guild(stored.channel.guildId);
    const member = guild.members.get(stored.message.author.id);
    const seen = {
      ...stored.message,
      guild_id: guild.id,
      ...(member === undefined ? {} : { member: memberPayload(this.#world, member) }),
      mentions: [...stored.message.mentions],
    };
    const audience = { guildId: guild.id };
    if (kind === 'create')
      this.#world.dispatch({ t: GatewayDispatchEvents.MessageCreate, d: seen }, audience);
    else this.#world.dispatch({ t: GatewayDispatchEvents.MessageUpdate, d: seen }, audience);
  }

  #tell(kind: MessageChange['kind'], stored: StoredMessage): void {
    for (const listener of this.#listeners) listener({ kind, stored });
  }
}

function reference({ message, channel }: StoredMessage) {
  return {
    type: DEFAULT_REFERENCE,
    message_id: message.id,
    channel_id: channel.id,
    guild_id: channel.guildId,
  };
}

/** Discord numbers the components whose author gave no id. */
function numbered(components: readonly APIMessageTopLevelComponent[]): APIMessageTopLevelComponent[] {
  let next = 1;
  const visit = (value: unknown): void => {
    if (Array.isArray(value)) {
      for (const item of value) visit(item);
      return;
    }
    if (typeof value !== 'object' || value === null || !('type' in value)) return;
    if (!('id' in value)) Object.assign(value, { id: next });
    next += 1;
    if ('components' in value) visit(value.components);
    if ('accessory' in value) visit(value.accessory);
  };
  const copy = structuredClone(components) as APIMessageTopLevelComponent[];
  visit(copy);
  return copy;
}
