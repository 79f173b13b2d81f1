import { guildIdSchema } from '@bandstand/protocol';
import type { Logger } from '@bandstand/service-kit';
import type {
  AutocompleteInteraction,
  ButtonInteraction,
  ChatInputCommandInteraction,
  Interaction,
  RepliableInteraction,
} from 'discord.js';
import { MessageFlags } from 'discord.js';
import type { Command } from '../commands/command.ts';
import { messagesFor } from '../locales/languages.ts';
import type { Messages } from '../locales/messages.ts';
import type { PlayerLink } from '../player-client/player-link.ts';
import { notice } from '../views/notice.ts';
import type { View } from '../views/view.ts';
import { ACKNOWLEDGE_AFTER_MS, Answer } from './answer.ts';
import type { ButtonHandler } from './button.ts';
import { ButtonAnswer } from './button-answer.ts';
import { CallPlayer } from './call-player.ts';
import { type Reader, Stopping, sentenceFor } from './failure-report.ts';
import { firstRefusal, type Guard } from './guards.ts';
import { RateLimit } from './rate-limit.ts';

/** Discord takes no answer after 15 minutes. */
const TOKEN_LIFETIME_MS = 14 * 60_000;
const DRAIN_MS = 2_000;

export interface DispatcherOptions {
  readonly commands: readonly Command[];
  readonly buttons: readonly ButtonHandler[];
  readonly link: PlayerLink;
  /** Whose answers name the error code, too; `null` = nobody's. */
  readonly ownerId: string | null;
  readonly log: Logger;
  /** Milliseconds of a monotonic clock. */
  readonly now: () => number;
  /** A command or click was carried out, or `error` says why not. */
  readonly onDone?: (name: string, startedAtMs: number, error?: unknown) => void;
}

/** Leads every interaction to its command or button, and sees to it that each one is answered. */
export class InteractionDispatcher {
  readonly #options: DispatcherOptions;
  readonly #commands: ReadonlyMap<string, Command>;
  readonly #perUser: RateLimit;
  readonly #perGuild: RateLimit;
  readonly #stopping = new AbortController();
  readonly #running = new Set<Promise<void>>();

  constructor(options: DispatcherOptions) {
    this.#options = options;
    this.#commands = new Map(options.commands.map((command) => [command.name, command]));
    this.#perUser = new RateLimit({ limit: 10, windowMs: 5_000, now: options.now });
    this.#perGuild = new RateLimit({ limit: 30, windowMs: 5_000, now: options.now });
  }

  /** Interactions that are being worked on. */
  get running(): number {
    return this.#running.size;
  }

  /** Never rejects. */
  handle(interaction: Interaction): Promise<void> {
    if (this.#stopping.signal.aborted) return Promise.resolve();
    const work = this.#route(interaction).catch((error: unknown) => {
      // Discord took no answer: the interaction expired, or its message is gone.
      this.#logOf(interaction).warn({ err: error }, 'an interaction could not be answered');
    });
    this.#running.add(work);
    return work.finally(() => this.#running.delete(work));
  }

  /** Takes no new interactions, tells the running ones to come to an end, and waits a moment for their answers. */
  async stop(): Promise<void> {
    this.#stopping.abort(new Stopping());
    const timeUp = new AbortController();
    const timer = setTimeout(() => timeUp.abort(), DRAIN_MS);
    const drained = Promise.allSettled(this.#running);
    await Promise.race([drained, new Promise((resolve) => timeUp.signal.addEventListener('abort', resolve))]);
    clearTimeout(timer);
  }

  async #route(interaction: Interaction): Promise<void> {
    if (interaction.isAutocomplete()) return this.#autocomplete(interaction);
    if (interaction.isChatInputCommand()) return this.#command(interaction);
    if (interaction.isButton()) return this.#button(interaction);
    this.#logOf(interaction).warn({ type: interaction.type }, 'an interaction of an unknown kind');
  }

  async #command(interaction: ChatInputCommandInteraction): Promise<void> {
    const messages = messagesFor(interaction.locale);
    const log = this.#logOf(interaction);
    const command = this.#commands.get(interaction.commandName);
    if (command === undefined) {
      log.warn({ command: interaction.commandName }, 'a command that is not ours (any more)');
      return say(interaction, messages.errors.UNKNOWN_ACTION);
    }
    const refusal = this.#refusal(interaction, command.guards, messages);
    if (refusal !== null) return say(interaction, refusal);
    if (!interaction.inCachedGuild()) return say(interaction, messages.guards.notReady);

    const { link } = this.#options;
    using answer = new Answer(interaction, {
      isPrivate: command.isPrivate,
      acknowledgeAfterMs: command.acknowledge === 'at-once' ? 0 : ACKNOWLEDGE_AFTER_MS,
      onAcknowledgeFailed: (err) => log.warn({ err }, 'an interaction could not be acknowledged'),
    });
    const guildId = guildIdSchema.parse(interaction.guildId);
    const signal = AbortSignal.any([this.#stopping.signal, AbortSignal.timeout(TOKEN_LIFETIME_MS)]);
    const player = new CallPlayer(link, link.follow(guildId), interaction.id, signal);
    const { member } = interaction;
    // Discord does not take what is shown on the way: no reason to end the command, its end is shown all the same.
    const show = (view: View) =>
      answer.show(view).catch((err: unknown) => log.warn({ err }, 'an answer on the way was not shown'));
    const startedAtMs = performance.now();
    let view: View;
    try {
      view = await command.execute({
        interaction,
        guildId,
        member,
        messages,
        player,
        log,
        signal,
        show,
      });
    } catch (error) {
      this.#options.onDone?.(command.name, startedAtMs, error);
      const reader = this.#reader(interaction, messages);
      const sentence = sentenceFor(error, reader, log.child({ command: command.name }));
      return answer.show(notice(sentence), true);
    }
    await answer.show(view);
    this.#options.onDone?.(command.name, startedAtMs);
    log.debug({ command: command.name }, 'command done');
  }

  async #autocomplete(interaction: AutocompleteInteraction): Promise<void> {
    const command = this.#commands.get(interaction.commandName);
    const choices = await this.#suggest(command, interaction);
    await interaction.respond([...choices]);
  }

  async #suggest(command: Command | undefined, interaction: AutocompleteInteraction) {
    if (command?.autocomplete === undefined || !interaction.inCachedGuild()) return [];
    const { link } = this.#options;
    const guildId = guildIdSchema.parse(interaction.guildId);
    const { signal } = this.#stopping;
    const player = new CallPlayer(link, link.follow(guildId), interaction.id, signal);
    const log = this.#logOf(interaction);
    const { member } = interaction;
    const messages = messagesFor(interaction.locale);
    try {
      return await command.autocomplete({ interaction, guildId, member, messages, player, log, signal });
    } catch (error) {
      log.debug({ err: error, command: command.name }, 'no suggestions');
      return [];
    }
  }

  async #button(interaction: ButtonInteraction): Promise<void> {
    const log = this.#logOf(interaction);
    const messages = messagesFor(interaction.locale);
    using answer = new ButtonAnswer(interaction, (err) =>
      log.warn({ err }, 'a click could not be acknowledged'),
    );
    const handler = this.#options.buttons.find((candidate) => candidate.owns(interaction.customId));
    if (handler === undefined) return answer.refuse(messages.done.staleButton);
    const refusal = this.#refusal(interaction, handler.guards, messages);
    if (refusal !== null) return answer.refuse(refusal);
    if (!interaction.inCachedGuild()) return answer.refuse(messages.guards.notReady);

    const { link } = this.#options;
    const mirror = link.follow(guildIdSchema.parse(interaction.guildId));
    const player = new CallPlayer(link, mirror, interaction.id, this.#stopping.signal);
    const guildMessages = messagesFor(interaction.guildLocale);
    const startedAtMs = performance.now();
    let result: Awaited<ReturnType<typeof handler.click>>;
    try {
      result = await handler.click({ interaction, messages, guildMessages, player, log });
      this.#options.onDone?.('button', startedAtMs);
    } catch (error) {
      this.#options.onDone?.('button', startedAtMs, error);
      result = { refusal: sentenceFor(error, this.#reader(interaction, messages), log) };
    }
    if (result === null) await answer.done();
    else if ('refusal' in result) await answer.refuse(result.refusal);
    else await answer.update(result);
  }

  /** What holds for every command: on a server, not too often, the command's own guards. */
  #refusal(
    interaction: ChatInputCommandInteraction | ButtonInteraction,
    guards: readonly Guard[],
    messages: Messages,
  ): string | null {
    if (!interaction.inGuild()) return messages.guards.guildOnly;
    const waitMs = Math.max(
      this.#perUser.take(`${interaction.guildId}:${interaction.user.id}`),
      this.#perGuild.take(interaction.guildId),
    );
    if (waitMs > 0) return messages.guards.tooFast(Math.ceil(waitMs / 1_000));
    const me = interaction.inCachedGuild() ? interaction.guild.members.me : null;
    if (!interaction.inCachedGuild() || me === null) return messages.guards.notReady;
    return firstRefusal(guards, { member: interaction.member, me }, messages);
  }

  #reader(interaction: Interaction, messages: Messages): Reader {
    return { messages, isOwner: interaction.user.id === this.#options.ownerId };
  }

  #logOf(interaction: Interaction): Logger {
    return this.#options.log.child({ requestId: interaction.id, guildId: interaction.guildId });
  }
}

async function say(interaction: RepliableInteraction, sentence: string): Promise<void> {
  await interaction.reply({ content: sentence, flags: MessageFlags.Ephemeral });
}
