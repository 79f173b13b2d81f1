import { describe, expect, it } from 'vitest';
import { startDiscordSimulator } from '../simulator.ts';
import { renderMessage } from './render-message.ts';

describe('renderMessage', () => {
  it('shows embeds, menus, links and what is disabled, as lines', async () => {
    await using discord = await startDiscordSimulator();
    const general = discord.guild().textChannel('general');
    const base = discord.user('Alice').says(general, 'two\nlines');

    const text = renderMessage({
      ...base,
      embeds: [
        {
          author: { name: 'Now playing' },
          title: 'A song',
          url: 'https://example.org',
          fields: [{ name: 'Length', value: '3:21' }],
          footer: { text: 'asked by Alice' },
        },
      ],
      components: [
        {
          type: 1,
          components: [
            { type: 2, style: 1, custom_id: 'a', label: 'Skip', disabled: true },
            { type: 2, style: 5, url: 'https://example.org', label: 'Open' },
            { type: 2, style: 2, custom_id: 'b', emoji: { name: '⏸' } },
          ],
        },
        {
          type: 1,
          components: [
            {
              type: 3,
              custom_id: 'm',
              placeholder: 'Loop',
              options: [
                { label: 'off', value: '0', default: true },
                { label: 'on', value: '1' },
              ],
            },
          ],
        },
        { type: 17, components: [{ type: 10, content: 'inside' }, { type: 14 }] },
      ],
    });

    expect(text.split('\n')).toEqual([
      'Alice',
      '  two',
      '  lines',
      '  │ Now playing',
      '  │ A song <https://example.org>',
      '  │ Length:',
      '  │   3:21',
      '  │ — asked by Alice',
      '  (Skip) [Open → https://example.org] [⏸]',
      '  ▼ Loop: *off / on',
      '  │ inside',
      '  │ ────',
    ]);
  });

  it('lets nothing through that could move a terminal’s cursor', async () => {
    await using discord = await startDiscordSimulator();
    const hostile = discord.user('Alice').says(discord.guild().textChannel(), 'a\u001b[2Jb\u202ec\rd');

    expect(renderMessage(hostile)).toBe('Alice\n  a[2Jbcd');
  });
});
