import { type ChatInputCommandInteraction, MessageFlags } from 'discord.js';
import type { View } from '../views/view.ts';

/** Half of Discord's 3 s: what is not answered by then is acknowledged first. */
export const ACKNOWLEDGE_AFTER_MS = 1_500;

/** What discord.js sends for a view; everything is named, so that an edit leaves nothing of what was there before. */
export function messageOf(view: View): View & { readonly content: string } {
  return { content: view.content ?? '', embeds: view.embeds, components: view.components };
}

export interface AnswerOptions {
  readonly isPrivate: boolean;
  /** Milliseconds until the interaction is acknowledged by itself; 0 = at once. */
  readonly acknowledgeAfterMs: number;
  /** The acknowledgement that the timer made failed; the answer will fail too. */
  readonly onAcknowledgeFailed: (error: unknown) => void;
}

/** The answer to one slash command: acknowledged in time whatever the command does, shown and changed in order. */
export class Answer implements Disposable {
  readonly #interaction: ChatInputCommandInteraction;
  readonly #options: AnswerOptions;
  readonly #timer: NodeJS.Timeout | undefined;
  /** Settles when Discord knows that we are at work; `undefined` = it was not told yet. */
  #acknowledged: Promise<unknown> | undefined;

  constructor(interaction: ChatInputCommandInteraction, options: AnswerOptions) {
    this.#interaction = interaction;
    this.#options = options;
    if (options.acknowledgeAfterMs === 0) this.#acknowledge();
    else this.#timer = setTimeout(() => this.#acknowledge(), options.acknowledgeAfterMs);
  }

  /** @throws {@link DiscordAPIError} when Discord does not take it (any more). */
  async show(view: View, isPrivate = this.#options.isPrivate): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#acknowledged !== undefined) {
      await this.#acknowledged;
      await this.#interaction.editReply(messageOf(view));
      return;
    }
    const reply = this.#interaction.reply({
      ...messageOf(view),
      ...(isPrivate && { flags: MessageFlags.Ephemeral }),
    });
    this.#acknowledged = reply;
    await reply;
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #acknowledge(): void {
    if (this.#acknowledged !== undefined) return;
    const isPrivate = this.#options.isPrivate;
    const deferred = this.#interaction.deferReply({ ...(isPrivate && { flags: MessageFlags.Ephemeral }) });
    this.#acknowledged = deferred;
    deferred.catch(this.#options.onAcknowledgeFailed);
  }
}
