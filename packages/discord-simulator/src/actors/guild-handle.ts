import { ChannelType } from 'discord-api-types/v10';
import type { ChannelRecord, GuildRecord, SimulatedChannelType } from '../world/records.ts';
import type { ActorContext } from './actor-context.ts';
import { TextChannelHandle, VoiceChannelHandle } from './channel-handle.ts';

/** A guild by its channels' names. */
export class GuildHandle {
  readonly record: GuildRecord;
  readonly #context: ActorContext;

  constructor(context: ActorContext, record: GuildRecord) {
    this.#context = context;
    this.record = record;
  }

  get id(): string {
    return this.record.id;
  }

  get name(): string {
    return this.record.name;
  }

  /** The first one without a name. @throws Error naming the channels there are. */
  textChannel(name?: string): TextChannelHandle {
    return this.#text(this.#find(name, [ChannelType.GuildText]));
  }

  /** Voice and stage channels. @throws Error naming the channels there are. */
  voiceChannel(name?: string): VoiceChannelHandle {
    return this.#voice(this.#find(name, [ChannelType.GuildVoice, ChannelType.GuildStageVoice]));
  }

  addTextChannel(name: string): TextChannelHandle {
    return this.#text(this.#context.world.addChannel(this.record, name, ChannelType.GuildText));
  }

  /** @param userLimit - 0 for no limit. */
  addVoiceChannel(name: string, { userLimit = 0 } = {}): VoiceChannelHandle {
    const { world } = this.#context;
    return this.#voice(world.addChannel(this.record, name, ChannelType.GuildVoice, { userLimit }));
  }

  addStageChannel(name: string): VoiceChannelHandle {
    return this.#voice(this.#context.world.addChannel(this.record, name, ChannelType.GuildStageVoice));
  }

  #find(name: string | undefined, types: readonly SimulatedChannelType[]): ChannelRecord {
    const channels = [...this.record.channels.values()].filter(({ type }) => types.includes(type));
    const found = name === undefined ? channels[0] : channels.find((channel) => channel.name === name);
    if (found !== undefined) return found;
    const names = channels.map((channel) => channel.name).join(', ');
    throw new Error(`${this.name} has no such channel: ${name ?? '(any)'}; there are: ${names || 'none'}`);
  }

  #text(record: ChannelRecord): TextChannelHandle {
    return new TextChannelHandle(this.#context, this.record, record);
  }

  #voice(record: ChannelRecord): VoiceChannelHandle {
    return new VoiceChannelHandle(this.#context, this.record, record);
  }
}
