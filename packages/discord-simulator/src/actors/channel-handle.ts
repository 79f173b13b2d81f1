import type { APIMessage } from 'discord-api-types/v10';
import type { MessageChange } from '../world/message-board.ts';
import type { ChannelRecord, GuildRecord } from '../world/records.ts';
import type { ActorContext } from './actor-context.ts';
import { type WaitOptions, waitFor } from './wait.ts';

/** What happened to a message that everybody in the channel can see. */
export interface SeenChange {
  readonly kind: MessageChange['kind'];
  readonly message: APIMessage;
}

/** A channel with its messages; voice and stage channels have a text chat, too. */
export class ChannelHandle {
  readonly guild: GuildRecord;
  readonly record: ChannelRecord;
  protected readonly context: ActorContext;

  constructor(context: ActorContext, guild: GuildRecord, record: ChannelRecord) {
    this.context = context;
    this.guild = guild;
    this.record = record;
  }

  get id(): string {
    return this.record.id;
  }

  get name(): string {
    return this.record.name;
  }

  /** As everybody sees them, oldest first; ephemeral answers are seen by `UserHandle.sees`. */
  get messages(): APIMessage[] {
    return this.context.board
      .in(this.id)
      .filter(({ visibleTo }) => visibleTo === null)
      .map(({ message }) => message);
  }

  /** @returns A function that ends the subscription. */
  onChange(listener: (change: SeenChange) => void): () => void {
    return this.context.board.onChange(({ kind, stored }) => {
      if (stored.channel.id !== this.id || stored.visibleTo !== null) return;
      listener({ kind, message: stored.message });
    });
  }

  /** The newest message for which `matches` holds, now or as soon as there is one. */
  waitForMessage(matches: (message: APIMessage) => boolean, options: WaitOptions = {}): Promise<APIMessage> {
    return waitFor({
      ...options,
      what: `matching message in #${this.name}`,
      subscribe: (changed) => this.onChange(changed),
      look: () => this.messages.findLast(matches),
    });
  }
}

/** A place to write. */
export class TextChannelHandle extends ChannelHandle {}

/** A place to speak. */
export class VoiceChannelHandle extends ChannelHandle {
  /** Ids of whoever is connected, bots included. */
  get memberIds(): string[] {
    return [...this.guild.voiceStates.values()]
      .filter(({ channelId }) => channelId === this.id)
      .map(({ userId }) => userId);
  }
}
