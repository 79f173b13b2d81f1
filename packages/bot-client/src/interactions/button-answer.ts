import { type ButtonInteraction, MessageFlags } from 'discord.js';
import type { View } from '../views/view.ts';
import { ACKNOWLEDGE_AFTER_MS, messageOf } from './answer.ts';

/** The answer to a click: the message itself changes, or only the one who clicked is told why not. */
export class ButtonAnswer implements Disposable {
  readonly #interaction: ButtonInteraction;
  readonly #timer: NodeJS.Timeout;
  #acknowledged: Promise<unknown> | undefined;

  constructor(interaction: ButtonInteraction, onAcknowledgeFailed: (error: unknown) => void) {
    this.#interaction = interaction;
    this.#timer = setTimeout(() => {
      this.#acknowledged ??= interaction.deferUpdate();
      this.#acknowledged.catch(onAcknowledgeFailed);
    }, ACKNOWLEDGE_AFTER_MS);
  }

  /** The message as it is now. */
  async update(view: View): Promise<void> {
    clearTimeout(this.#timer);
    if (this.#acknowledged === undefined) {
      await this.#begin(this.#interaction.update(messageOf(view)));
      return;
    }
    await this.#acknowledged;
    await this.#interaction.editReply(messageOf(view));
  }

  /** Taken note of; the message changes by itself. */
  async done(): Promise<void> {
    clearTimeout(this.#timer);
    await (this.#acknowledged ?? this.#begin(this.#interaction.deferUpdate()));
  }

  async refuse(sentence: string): Promise<void> {
    clearTimeout(this.#timer);
    const message = { content: sentence, flags: MessageFlags.Ephemeral } as const;
    if (this.#acknowledged === undefined) {
      await this.#begin(this.#interaction.reply(message));
      return;
    }
    await this.#acknowledged;
    await this.#interaction.followUp(message);
  }

  [Symbol.dispose](): void {
    clearTimeout(this.#timer);
  }

  #begin(work: Promise<unknown>): Promise<unknown> {
    this.#acknowledged = work;
    return work;
  }
}
