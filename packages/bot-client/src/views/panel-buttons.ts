import type { EntryId, LoopMode } from '@bandstand/protocol';
import { entryIdSchema } from '@bandstand/protocol';
import { type APIActionRowComponent, type APIButtonComponent, ButtonStyle, ComponentType } from 'discord.js';
import type { Messages } from '../locales/messages.ts';

/**
 * What a button of the panel asks for. Absolute: it names the entry it was shown for and the state it leads to,
 * so that a stale or a doubled click does no harm.
 */
export type PanelAction = 'previous' | 'pause' | 'resume' | 'skip' | 'stop' | `loop-${LoopMode}`;

const ACTIONS: readonly PanelAction[] = [
  'previous',
  'pause',
  'resume',
  'skip',
  'stop',
  'loop-off',
  'loop-track',
  'loop-queue',
];

const PREFIX = 'np';
const NEXT_LOOP: Readonly<Record<LoopMode, LoopMode>> = { off: 'track', track: 'queue', queue: 'off' };

export interface PanelButton {
  readonly action: PanelAction;
  readonly entryId: EntryId;
}

/** @returns `null` when the id is not one of the panel's. */
export function readPanelButton(customId: string): PanelButton | null {
  const [prefix, action, ...rest] = customId.split(':');
  const known = ACTIONS.find((candidate) => candidate === action);
  const entryId = entryIdSchema.safeParse(rest.join(':'));
  return prefix === PREFIX && known !== undefined && entryId.success
    ? { action: known, entryId: entryId.data }
    : null;
}

export interface PanelButtonState {
  readonly entryId: EntryId;
  readonly paused: boolean;
  readonly loop: LoopMode;
  readonly hasPrevious: boolean;
}

export function panelButtons(
  state: PanelButtonState,
  messages: Messages,
): APIActionRowComponent<APIButtonComponent> {
  const { buttons, loopModes } = messages.panel;
  const button = (
    action: PanelAction,
    label: string,
    style: ButtonStyle.Primary | ButtonStyle.Secondary | ButtonStyle.Danger,
    disabled = false,
  ): APIButtonComponent => ({
    type: ComponentType.Button,
    custom_id: `${PREFIX}:${action}:${state.entryId}`,
    label,
    style,
    ...(disabled && { disabled }),
  });
  return {
    type: ComponentType.ActionRow,
    components: [
      button('previous', buttons.previous, ButtonStyle.Secondary, !state.hasPrevious),
      state.paused
        ? button('resume', buttons.resume, ButtonStyle.Primary)
        : button('pause', buttons.pause, ButtonStyle.Secondary),
      button('skip', buttons.skip, ButtonStyle.Secondary),
      button('stop', buttons.stop, ButtonStyle.Danger),
      button(`loop-${NEXT_LOOP[state.loop]}`, buttons.loop(loopModes[state.loop]), ButtonStyle.Secondary),
    ],
  };
}
