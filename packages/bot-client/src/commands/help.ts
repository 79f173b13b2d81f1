import { helpView } from '../views/help-view.ts';
import type { Command } from './command.ts';

export const help: Command = {
  name: 'help',
  options: [],
  guards: [],
  acknowledge: 'when-late',
  isPrivate: true,
  execute: async ({ messages }) => helpView(messages),
};
