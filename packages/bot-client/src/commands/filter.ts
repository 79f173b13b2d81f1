import { type CommandInput, type Filters, filterPresetSchema } from '@bandstand/protocol';
import { inSameChannel, inVoiceChannel } from '../interactions/guards.ts';
import { notice } from '../views/notice.ts';
import { filtersSentence } from '../views/sound-text.ts';
import type { Command, CommandCall, OptionDefinition, SubcommandDefinition } from './command.ts';

type Wanted = CommandInput<'SET_FILTERS'>;

/** What a person may ask for, and the whole set of filters that makes of it. */
interface FilterSubcommand extends SubcommandDefinition {
  /** @returns `null` when nothing is to change. */
  wanted(call: CommandCall): Wanted | null | Promise<Wanted>;
}

const BAND = { type: 'number', required: false, min: -12, max: 12 } as const;
const FACTOR = { type: 'number', name: 'factor', required: true, min: 0.25, max: 4 } as const;

const SUBCOMMANDS: readonly FilterSubcommand[] = [
  {
    name: 'preset',
    options: [{ type: 'choice', name: 'name', required: true, values: filterPresetSchema.options }],
    wanted: ({ interaction }) => ({
      preset: filterPresetSchema.parse(interaction.options.getString('name', true)),
    }),
  },
  {
    name: 'eq',
    options: [
      { ...BAND, name: 'low' },
      { ...BAND, name: 'mid' },
      { ...BAND, name: 'high' },
    ] satisfies OptionDefinition[],
    wanted(call) {
      const { options } = call.interaction;
      const [low, mid, high] = ['low', 'mid', 'high'].map((name) => options.getNumber(name) ?? undefined);
      if (low === undefined && mid === undefined && high === undefined) return null;
      return changed(call, ({ threeBandEq: eq }) => ({
        threeBandEq: {
          lowDb: low ?? eq?.lowDb ?? 0,
          midDb: mid ?? eq?.midDb ?? 0,
          highDb: high ?? eq?.highDb ?? 0,
        },
      }));
    },
  },
  {
    name: 'speed',
    options: [FACTOR],
    wanted(call) {
      const speed = call.interaction.options.getNumber('factor', true);
      return changed(call, (filters) => ({ timescale: { speed, pitch: pitchOf(filters), rate: 1 } }));
    },
  },
  {
    name: 'pitch',
    options: [FACTOR],
    wanted(call) {
      const pitch = call.interaction.options.getNumber('factor', true);
      return changed(call, (filters) => ({ timescale: { speed: speedOf(filters), pitch, rate: 1 } }));
    },
  },
  { name: 'reset', options: [], wanted: () => ({ filters: {} }) },
];

export const filter: Command = {
  name: 'filter',
  options: [],
  subcommands: SUBCOMMANDS,
  guards: [inVoiceChannel, inSameChannel],
  acknowledge: 'when-late',
  isPrivate: false,
  async execute(call) {
    const { interaction, player, messages } = call;
    const chosen = interaction.options.getSubcommand();
    const subcommand = SUBCOMMANDS.find(({ name }) => name === chosen);
    if (subcommand === undefined) throw new Error(`bug: /filter has no sub-command ${chosen}`);
    const wanted = await subcommand.wanted(call);
    const on = wanted === null ? await player.state() : await player.request('filter', 'SET_FILTERS', wanted);
    const isLive = player.mirror.snapshot?.current_song?.is_live === true;
    const hint = isLive && speedOf(on.filters) !== 1 ? ` ${messages.sound.liveKeepsSpeed}` : '';
    return notice(`${filtersSentence(on, messages)}${hint}`);
  },
};

/** The player takes whole sets only, so what is on otherwise goes along. */
async function changed({ player }: CommandCall, change: (filters: Filters) => Filters): Promise<Wanted> {
  const { filters } = await player.state();
  return { filters: { ...filters, ...change(filters) } };
}

function speedOf({ timescale }: Filters): number {
  return timescale === undefined ? 1 : timescale.speed * timescale.rate;
}

function pitchOf({ timescale }: Filters): number {
  return timescale === undefined ? 1 : timescale.pitch * timescale.rate;
}
