import type { EntryId } from '@bandstand/protocol';
import { loopModeSchema } from '@bandstand/protocol';
import type { PlayerOfCall } from '../commands/command.ts';
import type { ButtonCall, ButtonHandler } from '../interactions/button.ts';
import { inSameChannel, inVoiceChannel } from '../interactions/guards.ts';
import { type PanelAction, readPanelButton } from '../views/panel-buttons.ts';

/** The panel's buttons. The panel itself follows the player's events, so a click only has to be carried out. */
export const panelClicks: ButtonHandler = {
  owns: (customId) => readPanelButton(customId) !== null,
  guards: [inVoiceChannel, inSameChannel],
  async click({ interaction, player, messages }: ButtonCall) {
    const button = readPanelButton(interaction.customId);
    if (button === null) return { refusal: messages.done.staleButton };
    const { mirror } = player;
    if (mirror.snapshot !== null && mirror.currentEntryId !== button.entryId)
      return { refusal: messages.done.staleButton };
    await carryOut(button.action, button.entryId, player);
    return null;
  },
};

async function carryOut(action: PanelAction, entryId: EntryId, player: PlayerOfCall): Promise<void> {
  switch (action) {
    case 'pause':
      await player.request('pause', 'PAUSE', {});
      return;
    case 'resume':
      await player.request('resume', 'RESUME', {});
      return;
    case 'skip':
      await player.request('skip', 'SKIP_SONG', { entry_id: entryId });
      return;
    case 'previous':
      await player.request('previous', 'PREVIOUS', {});
      return;
    case 'stop':
      await player.request('stop', 'CLEAR_QUEUE', { stop: true });
      return;
    case 'loop-off':
    case 'loop-track':
    case 'loop-queue':
      await player.request('loop', 'SET_LOOP', { mode: loopModeSchema.parse(action.slice('loop-'.length)) });
      return;
  }
}
