import { COLOURS, EMBED_LIMITS, type View } from './view.ts';

/** One finished sentence or a few lines of our own words. */
export function notice(text: string): View {
  return { content: text, embeds: [], components: [] };
}

/** Lines that hold titles; they stand in an embed, where no mention pings and no link unfurls. */
export function announcement(lines: readonly (string | null)[], color: number = COLOURS.plain): View {
  const description = lines.filter((line) => line !== null && line !== '').join('\n');
  return {
    embeds: [{ color, description: description.slice(0, EMBED_LIMITS.description) }],
    components: [],
  };
}
