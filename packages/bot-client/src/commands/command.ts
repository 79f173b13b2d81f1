import type {
  CommandAction,
  CommandInput,
  GuildId,
  GuildSnapshot,
  ReplyData,
  RequestKey,
  RequestOutcome,
} from '@bandstand/protocol';
import type { Logger } from '@bandstand/service-kit';
import type {
  AutocompleteInteraction,
  ChatInputCommandInteraction,
  GuildMember,
  VoiceBasedChannel,
} from 'discord.js';
import type { Guard } from '../interactions/guards.ts';
import type { CommandName, Messages } from '../locales/messages.ts';
import type { GuildMirror } from '../player-client/guild-mirror.ts';
import type { JoinWatch } from '../player-client/join-watch.ts';
import type { OutcomeWatch } from '../player-client/request-outcomes.ts';
import type { View } from '../views/view.ts';

/** An option of a slash command; its names and descriptions stand in the locales under the same `name`. */
export type OptionDefinition =
  | {
      readonly type: 'string';
      readonly name: string;
      readonly required: boolean;
      readonly minLength?: number;
      readonly maxLength: number;
      readonly autocomplete?: boolean;
    }
  | {
      readonly type: 'choice';
      readonly name: string;
      readonly required: boolean;
      readonly values: readonly string[];
    }
  | {
      /** `number` may have a fraction. */
      readonly type: 'integer' | 'number';
      readonly name: string;
      readonly required: boolean;
      readonly min: number;
      readonly max: number;
    };

export interface Choice {
  readonly name: string;
  readonly value: string;
}

/** The guild's player as one command talks to it. */
export interface PlayerOfCall {
  /**
   * @param step - Tells the requests of one interaction apart; the same step is the same request.
   * @throws {@link PlayerError}
   */
  request<A extends Exclude<CommandAction, 'HELLO'>>(
    step: string,
    action: A,
    data: CommandInput<A>,
    options?: { readonly ttlMs?: number; readonly signal?: AbortSignal },
  ): Promise<ReplyData<A>>;
  keyOf(step: string): RequestKey;
  /** Begins to listen for the outcome of a request before it is sent. */
  watch(step: string): OutcomeWatch;
  /** Begins to listen for the outcome of a join before it is asked for. */
  watchJoin(): JoinWatch;
  /** Hands on an outcome that came with a reply instead of by event. */
  report(outcome: RequestOutcome): void;
  /** The player's own view of now, with the first page of the queue. */
  state(): Promise<GuildSnapshot>;
  /** Milliseconds inside the current track now. */
  positionMs(snapshot: GuildSnapshot): number;
  readonly mirror: GuildMirror;
  /** What the bot learned when it last met the player; `null` = not yet. */
  readonly serviceVersion: string | null;
}

interface Call {
  readonly guildId: GuildId;
  readonly member: GuildMember;
  readonly messages: Messages;
  readonly player: PlayerOfCall;
  readonly log: Logger;
  /** Aborts when the bot stops, or when Discord would not take an answer any more. */
  readonly signal: AbortSignal;
}

export interface CommandCall extends Call {
  readonly interaction: ChatInputCommandInteraction<'cached'>;
  /** Shows something before the final answer; acknowledges the interaction. */
  show(view: View): Promise<void>;
}

export interface AutocompleteCall extends Call {
  readonly interaction: AutocompleteInteraction<'cached'>;
}

/** What follows the name of a command that is several in one. */
export interface SubcommandDefinition {
  readonly name: string;
  readonly options: readonly OptionDefinition[];
}

/** One slash command. `execute` returns the answer; a failure is thrown as `PlayerError` and put into words by the dispatcher. */
export interface Command {
  readonly name: CommandName;
  readonly options: readonly OptionDefinition[];
  /** Discord then offers `/name sub` only, and `options` is empty. */
  readonly subcommands?: readonly SubcommandDefinition[];
  /** Whoever lacks it is not offered the command, unless the server's owners decide otherwise; absent: it is for everybody. */
  readonly permission?: bigint;
  readonly guards: readonly Guard[];
  /**
   * When Discord is told "working on it": `at-once` for what usually takes a second or more, `when-late` only if the
   * answer is not there in time.
   */
  readonly acknowledge: 'at-once' | 'when-late';
  /** Whether only the one who asked sees the answer. */
  readonly isPrivate: boolean;
  execute(call: CommandCall): Promise<View>;
  autocomplete?(call: AutocompleteCall): Promise<readonly Choice[]>;
}

/** @throws {@link Error} a guard let someone without a voice channel through: a bug. */
export function voiceChannelOf(member: GuildMember): VoiceBasedChannel {
  const { channel } = member.voice;
  if (channel === null)
    throw new Error('bug: a command without the voice channel guard asked for the channel');
  return channel;
}
