import {
  type APIApplicationCommandOptionChoice,
  type APIMessage,
  type APIModalInteractionResponseCallbackData,
  ChannelType,
  ComponentType,
  GatewayDispatchEvents,
  InteractionType,
} from 'discord-api-types/v10';
import type { VoiceListener } from '../voice-seam.ts';
import type { InteractionRecord } from '../world/interaction-ledger.ts';
import type { StoredMessage } from '../world/message-board.ts';
import { plainText } from '../world/message-content.ts';
import { may } from '../world/permissions.ts';
import type { ChannelRecord, VoiceStateRecord } from '../world/records.ts';
import type { ActorContext } from './actor-context.ts';
import type { ChannelHandle, VoiceChannelHandle } from './channel-handle.ts';
import { dispatchInteraction, resolved } from './interaction-payload.ts';
import { Invocation, NoResponse } from './invocation.ts';
import { findCommand, type OfferedCommand } from './offered-command.ts';
import { encodeOptions, type OptionValues } from './option-values.ts';
import { findButton, findSelect } from './pressable.ts';
import { type WaitOptions, waitFor } from './wait.ts';

export interface RunOptions {
  /** Where it is typed. Without it: the first text channel of the guild the user is in voice in, or of the first guild. */
  readonly in?: ChannelHandle;
  /** Needed only where two bots offer a command of the same name. */
  readonly bot?: { readonly id: string };
}

/** A person: joins voice channels, types, clicks and listens, with what Discord's own client would allow. */
export class UserHandle {
  readonly id: string;
  readonly name: string;
  readonly #context: ActorContext;
  #ears: { readonly listener: VoiceListener; readonly stopWatching: () => void } | undefined;

  constructor(context: ActorContext, id: string, name: string) {
    this.#context = context;
    this.id = id;
    this.name = name;
  }

  /** @throws Error when the channel is full or closed to this user. */
  async joins(channel: VoiceChannelHandle, { selfMute = false, selfDeaf = false } = {}): Promise<void> {
    const { world, voice } = this.#context;
    const left = this.#voiceState;
    const elsewhere = left !== undefined && left.channelId !== channel.id;
    if (elsewhere && left.guildId !== channel.guild.id) voice.leave(world.guild(left.guildId), this.id);
    const sessionId = world.ids.secret('client session').slice(0, 32);
    const joined = voice.join(channel.guild, this.id, {
      channelId: channel.id,
      selfMute,
      selfDeaf,
      sessionId,
    });
    if (!joined) throw new Error(`${this.name} may not enter ${channel.name}, or it is full`);
    if (elsewhere) await this.#stopListening();
  }

  async movesTo(channel: VoiceChannelHandle): Promise<void> {
    if (this.#voiceState === undefined) throw new Error(`${this.name} is in no voice channel to move from`);
    await this.joins(channel);
  }

  async leaves(): Promise<void> {
    const state = this.#voiceState;
    if (state === undefined) throw new Error(`${this.name} is in no voice channel`);
    this.#context.voice.leave(this.#context.world.guild(state.guildId), this.id);
    await this.#stopListening();
  }

  /** Opens the ears in the voice channel the user is in; they close when the user leaves it, however that happens. */
  async hears(): Promise<VoiceListener> {
    const state = this.#voiceState;
    if (state === undefined) throw new Error(`${this.name} is in no voice channel to listen in`);
    const { guildId, channelId } = state;
    const channel = this.#context.world.guild(guildId).channels.get(channelId);
    if (channel === undefined) throw new Error(`bug: no channel ${channelId}`);
    await this.#stopListening();
    const dave = this.#context.voice.encrypts(channel);
    const listener = await this.#context.voiceBackend.addListener({
      guildId,
      channelId,
      userId: this.id,
      dave,
    });
    const stopWatching = this.#context.world.onDispatch(({ t, d }) => {
      const left =
        t === GatewayDispatchEvents.VoiceStateUpdate && d.user_id === this.id && d.channel_id !== channelId;
      if (left) void this.#stopListening();
    });
    this.#ears = { listener, stopWatching };
    return listener;
  }

  /** Runs a slash command. Sub-commands are part of the name: `/queue show`. @throws Error where the client would refuse. */
  runs(command: string, values: OptionValues = {}, options: RunOptions = {}): Invocation {
    const channel = this.#channel(options.in);
    const offered = this.#find(command, channel, options);
    return new Invocation(
      this.#context,
      this.#send(
        channel,
        offered,
        command,
        encodeOptions(offered, values),
        InteractionType.ApplicationCommand,
        values,
      ),
    );
  }

  /** Types into a command without sending it; the last option given has the cursor. @returns The choices offered. */
  async types(
    command: string,
    values: OptionValues,
    options: RunOptions & WaitOptions = {},
  ): Promise<readonly APIApplicationCommandOptionChoice[]> {
    const focused = Object.keys(values).at(-1);
    const channel = this.#channel(options.in);
    const offered = this.#find(command, channel, options);
    const definition = offered.options.find(({ name }) => name === focused);
    if (focused === undefined || definition === undefined || !('autocomplete' in definition)) {
      throw new Error(`${command} has no option ${focused ?? ''} that completes itself`);
    }
    const encoded = encodeOptions(offered, values, focused);
    const type = InteractionType.ApplicationCommandAutocomplete;
    const record = this.#send(channel, offered, `${command} ${focused}`, encoded, type, values);
    let choices: readonly APIApplicationCommandOptionChoice[] | undefined;
    return await waitFor({
      ...options,
      what: `choices for ${command}`,
      subscribe: (changed) => {
        record.once('choices', (given) => {
          choices = given;
          changed();
        });
        record.once('expired', changed);
        return () => record.removeAllListeners('choices');
      },
      look: () => {
        if (record.status === 'expired') throw new NoResponse(record.origin.title);
        return choices;
      },
    });
  }

  /** Presses a button, by its custom id, label or emoji, on the message as it is now. */
  clicks(message: APIMessage, idOrLabel: string): Invocation {
    const stored = this.#visible(message);
    const { customId } = findButton(stored.message, idOrLabel);
    const data = { component_type: ComponentType.Button, custom_id: customId };
    return this.#uses(stored, `button ${customId}`, data);
  }

  /** Picks values in a select menu; in user, role and channel menus the values are ids. */
  selects(message: APIMessage, customId: string, values: readonly string[]): Invocation {
    const stored = this.#visible(message);
    const menu = findSelect(stored.message, customId, values);
    const guild = this.#context.world.guild(stored.channel.guildId);
    const extra =
      menu.type === ComponentType.StringSelect ? {} : { resolved: resolved(this.#context, guild, values) };
    const data = { component_type: menu.type, custom_id: customId, values, ...extra };
    return this.#uses(stored, `menu ${customId}`, data);
  }

  /** Fills in and sends a form that a bot opened (`Invocation.modal`), by the custom ids of its fields. */
  submits(
    modal: APIModalInteractionResponseCallbackData,
    fields: Readonly<Record<string, string>>,
    options: RunOptions & { readonly bot: { readonly id: string } },
  ): Invocation {
    const channel = this.#channel(options.in);
    const components = Object.entries(fields).map(([custom_id, value]) => ({
      type: ComponentType.ActionRow,
      components: [{ type: ComponentType.TextInput, custom_id, value }],
    }));
    const type = InteractionType.ModalSubmit;
    const title = `form ${modal.custom_id}`;
    const origin = { type, applicationId: options.bot.id, userId: this.id, channel, title };
    const data = { custom_id: modal.custom_id, components };
    return new Invocation(this.#context, dispatchInteraction(this.#context, origin, { type, data }));
  }

  /** Writes an ordinary message. */
  says(channel: ChannelHandle, text: string): APIMessage {
    if (!may(channel.guild, this.id, ['ViewChannel', 'SendMessages'], channel.record)) {
      throw new Error(`${this.name} may not write in #${channel.name}`);
    }
    return this.#context.board.post({ channel: channel.record, authorId: this.id, content: plainText(text) })
      .message;
  }

  /** Messages of a channel with those that only this user sees, oldest first. */
  sees(channel: ChannelHandle): APIMessage[] {
    return this.#context.board
      .in(channel.id)
      .filter(({ visibleTo }) => visibleTo === null || visibleTo === this.id)
      .map(({ message }) => message);
  }

  get #voiceState(): VoiceStateRecord | undefined {
    for (const guild of this.#context.world.guilds.values()) {
      const state = guild.voiceStates.get(this.id);
      if (state !== undefined) return state;
    }
    return undefined;
  }

  #find(command: string, channel: ChannelRecord, { bot }: RunOptions): OfferedCommand {
    const guild = this.#context.world.guild(channel.guildId);
    if (!may(guild, this.id, ['ViewChannel', 'UseApplicationCommands'], channel)) {
      throw new Error(`${this.name} may not use commands in #${channel.name}`);
    }
    return findCommand(this.#context, command, { guild, channel, userId: this.id, botId: bot?.id });
  }

  #send(
    channel: ChannelRecord,
    { bot, command }: OfferedCommand,
    title: string,
    options: readonly object[],
    type: InteractionType.ApplicationCommand | InteractionType.ApplicationCommandAutocomplete,
    values: OptionValues,
  ): InteractionRecord {
    const ids = Object.values(values).flatMap((value) => (typeof value === 'object' ? value.id : []));
    const guild = this.#context.world.guild(channel.guildId);
    const data = {
      id: command.id,
      name: command.name,
      type: command.type,
      ...(command.guild_id === undefined ? {} : { guild_id: command.guild_id }),
      options,
      ...(ids.length === 0 ? {} : { resolved: resolved(this.#context, guild, ids) }),
    };
    const origin = { type, applicationId: bot.id, userId: this.id, channel, title };
    return dispatchInteraction(this.#context, origin, { type, data });
  }

  #uses(source: StoredMessage, title: string, data: object): Invocation {
    const type = InteractionType.MessageComponent;
    const applicationId = source.message.author.id;
    const origin = { type, applicationId, userId: this.id, channel: source.channel, title, source };
    const details = { type, data, message: source.message };
    return new Invocation(this.#context, dispatchInteraction(this.#context, origin, details));
  }

  /** The message as it is now. @throws Error when it is gone or meant for somebody else. */
  #visible(message: APIMessage): StoredMessage {
    const stored = this.#context.board.find(message.channel_id, message.id);
    if (stored === undefined) throw new Error('the message was deleted');
    if (stored.visibleTo !== null && stored.visibleTo !== this.id)
      throw new Error(`${this.name} cannot see it`);
    return stored;
  }

  #channel(handle: ChannelHandle | undefined): ChannelRecord {
    if (handle !== undefined) return handle.record;
    const { guilds } = this.#context.world;
    const guild = guilds.get(this.#voiceState?.guildId ?? '') ?? guilds.values().next().value;
    const first = [...(guild?.channels.values() ?? [])].find(({ type }) => type === ChannelType.GuildText);
    if (first === undefined) throw new Error('there is no text channel to type in');
    return first;
  }

  async #stopListening(): Promise<void> {
    const ears = this.#ears;
    this.#ears = undefined;
    ears?.stopWatching();
    await ears?.listener.leave();
  }
}
