import type { Messages } from '../locales/messages.ts';
import { pageCount, QUEUE_PAGE_ENTRIES, queueView } from '../views/queue-view.ts';
import type { View } from '../views/view.ts';
import type { Command, PlayerOfCall } from './command.ts';
import { MAX_POSITION } from './option-limits.ts';

export const queue: Command = {
  name: 'queue',
  options: [
    {
      type: 'integer',
      name: 'page',
      required: false,
      min: 1,
      max: Math.ceil(MAX_POSITION / QUEUE_PAGE_ENTRIES),
    },
  ],
  guards: [],
  acknowledge: 'when-late',
  isPrivate: false,
  execute({ interaction, player, messages }) {
    return queuePage((interaction.options.getInteger('page') ?? 1) - 1, player, messages);
  },
};

/** @param page - Counted from 0; beyond the end it is the last one. */
export async function queuePage(page: number, player: PlayerOfCall, messages: Messages): Promise<View> {
  const read = (step: string, which: number) =>
    player.request(step, 'GET_STATE', {
      queue_offset: which * QUEUE_PAGE_ENTRIES,
      queue_limit: QUEUE_PAGE_ENTRIES,
    });
  const state = await read('page', page);
  const last = pageCount(state.queue_length) - 1;
  return queueView(page <= last ? state : await read('last-page', last), messages);
}
