import type { EntryId } from '@bandstand/protocol';
import {
  type APIMessage,
  type APIMessageTopLevelComponent,
  type Client,
  ComponentType,
  DiscordAPIError,
  PermissionFlagsBits,
  RESTJSONErrorCodes,
  Routes,
} from 'discord.js';
import { readPanelButton } from '../views/panel-buttons.ts';
import type { View } from '../views/view.ts';

const SEARCHED_MESSAGES = 25;

const GONE: readonly (number | string)[] = [
  RESTJSONErrorCodes.UnknownMessage,
  RESTJSONErrorCodes.UnknownChannel,
  RESTJSONErrorCodes.MissingAccess,
  RESTJSONErrorCodes.MissingPermissions,
  RESTJSONErrorCodes.InvalidActionOnArchivedThread,
];

/** Discord will say the same whenever it is asked again: the message or the channel is gone, or not ours to use. */
export function isFinal(error: unknown): boolean {
  return error instanceof DiscordAPIError && GONE.includes(error.code);
}

/** Our own messages in text channels, by id: nothing here needs a message cache. */
export class PanelMessages {
  readonly #client: Client;

  constructor(client: Client) {
    this.#client = client;
  }

  /** As far as the cache knows; asking Discord again and again for what it refuses costs the bot its connection. */
  mayPost(channelId: string): boolean {
    const channel = this.#client.channels.cache.get(channelId);
    if (channel === undefined || channel.isDMBased() || !channel.isTextBased()) return false;
    const me = channel.guild.members.me;
    if (me === null) return false;
    const mayWrite = channel.isThread()
      ? PermissionFlagsBits.SendMessagesInThreads
      : PermissionFlagsBits.SendMessages;
    return channel
      .permissionsFor(me)
      .has([PermissionFlagsBits.ViewChannel, mayWrite, PermissionFlagsBits.EmbedLinks]);
  }

  /** @returns The id of the new message. */
  async send(channelId: string, view: View): Promise<string> {
    const message = await this.#client.rest.post(Routes.channelMessages(channelId), { body: bodyOf(view) });
    return (message as APIMessage).id;
  }

  async edit(channelId: string, messageId: string, view: View): Promise<void> {
    await this.#client.rest.patch(Routes.channelMessage(channelId, messageId), { body: bodyOf(view) });
  }

  /** A message that is gone already is as good as deleted. */
  async delete(channelId: string, messageId: string): Promise<void> {
    try {
      await this.#client.rest.delete(Routes.channelMessage(channelId, messageId));
    } catch (error) {
      if (!isFinal(error)) throw error;
    }
  }

  /** Looks for our panel of this entry among the latest messages: it may have been sent right before a crash. */
  async find(channelId: string, entryId: EntryId): Promise<string | null> {
    const query = new URLSearchParams({ limit: String(SEARCHED_MESSAGES) });
    const messages = (await this.#client.rest.get(Routes.channelMessages(channelId), {
      query,
    })) as APIMessage[];
    const found = messages.find(
      (message) =>
        message.author.id === this.#client.user?.id && isPanelOf(message.components ?? [], entryId),
    );
    return found?.id ?? null;
  }
}

function bodyOf(view: View): Record<string, unknown> {
  return {
    content: view.content ?? '',
    embeds: view.embeds,
    components: view.components,
    allowed_mentions: { parse: [] },
  };
}

function isPanelOf(rows: readonly APIMessageTopLevelComponent[], entryId: EntryId): boolean {
  return rows.some(
    (row) =>
      row.type === ComponentType.ActionRow &&
      row.components.some(
        (component) => 'custom_id' in component && readPanelButton(component.custom_id)?.entryId === entryId,
      ),
  );
}
