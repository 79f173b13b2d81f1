import type { ButtonHandler } from '../interactions/button.ts';
import { readQueueButton } from '../views/queue-view.ts';
import { queuePage } from './queue.ts';

/** The page buttons below `/queue`. */
export const queueClicks: ButtonHandler = {
  owns: (customId) => readQueueButton(customId) !== null,
  guards: [],
  click: ({ interaction, player, guildMessages }) =>
    queuePage(readQueueButton(interaction.customId) ?? 0, player, guildMessages),
};
