import type { Logger } from '@bandstand/service-kit';
import type { ButtonInteraction } from 'discord.js';
import type { PlayerOfCall } from '../commands/command.ts';
import type { Messages } from '../locales/messages.ts';
import type { View } from '../views/view.ts';
import type { Guard } from './guards.ts';

export interface ButtonCall {
  readonly interaction: ButtonInteraction<'cached'>;
  /** In the language of the one who clicked: for what only they read. */
  readonly messages: Messages;
  /** In the language of the guild: for what everybody reads. */
  readonly guildMessages: Messages;
  readonly player: PlayerOfCall;
  readonly log: Logger;
}

/** What clicks on one kind of button do. */
export interface ButtonHandler {
  /** Whether the button is of this kind. */
  owns(customId: string): boolean;
  readonly guards: readonly Guard[];
  /** @returns The message as it is now; `null` when it changes by itself; a refusal for the one who clicked. */
  click(call: ButtonCall): Promise<View | { readonly refusal: string } | null>;
}
