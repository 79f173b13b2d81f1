import type { GuildSnapshot, Song } from '@bandstand/protocol';
import { entryIdSchema, FILTER_PRESETS, LIMITS, userIdSchema } from '@bandstand/protocol';
import { expect, test } from 'vitest';
import { MESSAGES } from '../locales/languages.ts';
import { LANGUAGES } from '../locales/messages.ts';
import { addedView, startsInMs } from './added-view.ts';
import { helpView } from './help-view.ts';
import { nowPlayingPanel } from './now-playing-view.ts';
import { readPanelButton } from './panel-buttons.ts';
import { queueView } from './queue-view.ts';
import { durationText, pageAddress, trackLink } from './track-text.ts';
import { EMBED_LIMITS, type View } from './view.ts';

const HOSTILE_TITLES = [
  '@everyone <@1> <@&2> <#3> </play:4> <t:1:R> <a:x:5>',
  '](https://evil.test) [click me](https://evil.test "x")',
  '# heading\n> quote\n- list\n||spoiler|| ```code``` ~~x~~ __u__',
  `\u202e\u2066\u200b\u0000${'\u0301'.repeat(300)}rtl`,
  '*'.repeat(LIMITS.titleCharacters),
  '\\'.repeat(LIMITS.titleCharacters),
  '👩‍👩‍👧‍👦'.repeat(40),
  '',
];

const REQUESTER = '12345678901234567890';

function song(title: string, more: Partial<Song> = {}): Song {
  return {
    entry_id: entryIdSchema.parse('0123456789abcdef'),
    url: 'https://media.test/a',
    title,
    duration: 3_725.4,
    thumbnail: 'https://media.test/t.jpg',
    webpage_url: 'https://media.test/watch?v=(a)_b',
    channel: title,
    view_count: 1,
    requester_id: userIdSchema.parse(REQUESTER),
    requester_name: title.slice(0, 100),
    is_live: false,
    source: 'test',
    ...more,
  };
}

function lengths({ content = '', embeds }: View): void {
  expect(content.length).toBeLessThanOrEqual(2_000);
  let total = 0;
  for (const embed of embeds) {
    const { title = '', description = '', footer, author, fields = [] } = embed;
    expect(title.length).toBeLessThanOrEqual(EMBED_LIMITS.title);
    expect(description.length).toBeLessThanOrEqual(EMBED_LIMITS.description);
    expect(footer?.text.length ?? 0).toBeLessThanOrEqual(EMBED_LIMITS.footer);
    expect(author?.name.length ?? 0).toBeLessThanOrEqual(EMBED_LIMITS.author);
    for (const field of fields) {
      expect(field.value.length).toBeGreaterThan(0);
      expect(field.value.length).toBeLessThanOrEqual(EMBED_LIMITS.fieldValue);
    }
    total += title.length + description.length + (footer?.text.length ?? 0) + (author?.name.length ?? 0);
    total += fields.reduce((sum, field) => sum + field.name.length + field.value.length, 0);
  }
  expect(total).toBeLessThanOrEqual(EMBED_LIMITS.total);
}

/** What a reader of the rendered message could be fooled by: whatever is left once every escaped character is gone. */
function harmless({ content = '', embeds }: View): void {
  expect(JSON.stringify([content, embeds])).not.toMatch(/[\u202a-\u202e\u2066-\u2069\u200b]|\\u0000/);
  const markdown = embeds.flatMap(({ title, description, fields = [] }) => [
    title ?? '',
    description ?? '',
    ...fields.map((field) => field.value),
  ]);
  for (const text of [content, ...markdown]) {
    const active = text.replace(/\\[^\w\s]/g, '').replaceAll(`<@${REQUESTER}>`, '');
    expect(active).not.toMatch(/@|<|:\/\/evil|\|\||```|~~|__|^[#>-] /m);
  }
}

const snapshot = {
  stream_title: null as string | null,
  queue: [] as Song[],
  queue_offset: 0,
  queue_length: 0,
  queue_duration_ms: 0,
  player_status: 'playing',
  muted_by: null,
  volume_percent: 100,
  filters: {},
  preset: null,
  crossfade_ms: 0,
  normalize: false,
  loop: 'queue',
  history_length: 1,
} satisfies Partial<GuildSnapshot>;

test.each(HOSTILE_TITLES)('the title %j does no harm in any view and keeps all limits', (title) => {
  for (const language of LANGUAGES) {
    const messages = MESSAGES[language];
    const current = song(title);
    const views = [
      nowPlayingPanel(
        { ...snapshot, current_song: current, stream_title: title, queue: [current] },
        61_000,
        messages,
      ),
      queueView(
        { ...snapshot, current_song: current, queue: Array<Song>(20).fill(current), queue_length: 5_000 },
        messages,
      ),
      addedView(
        {
          key: 'k' as never,
          state: 'added',
          song: current,
          added: 1,
          complete: true,
          playlist_name: null,
          queue_position: 3,
          skipped: 0,
        },
        1_000,
        [],
        messages,
      ),
      addedView(
        {
          key: 'k' as never,
          state: 'added',
          song: current,
          added: 9,
          complete: true,
          playlist_name: title,
          queue_position: 3,
          skipped: 2,
        },
        null,
        [],
        messages,
      ),
    ];
    for (const view of views) {
      lengths(view);
      harmless(view);
    }
  }
});

test('the panel of an ordinary track', () => {
  const current = song('Song [Live]', { requester_id: null, requester_name: 'Ann' });
  const view = nowPlayingPanel(
    { ...snapshot, current_song: current, queue: [song('Next')] },
    61_000,
    MESSAGES.en,
  );
  expect(view).toMatchInlineSnapshot(`
    {
      "components": [
        {
          "components": [
            {
              "custom_id": "np:previous:0123456789abcdef",
              "label": "Previous",
              "style": 2,
              "type": 2,
            },
            {
              "custom_id": "np:pause:0123456789abcdef",
              "label": "Pause",
              "style": 2,
              "type": 2,
            },
            {
              "custom_id": "np:skip:0123456789abcdef",
              "label": "Skip",
              "style": 2,
              "type": 2,
            },
            {
              "custom_id": "np:stop:0123456789abcdef",
              "label": "Stop",
              "style": 4,
              "type": 2,
            },
            {
              "custom_id": "np:loop-off:0123456789abcdef",
              "label": "Repeat: the queue",
              "style": 2,
              "type": 2,
            },
          ],
          "type": 1,
        },
      ],
      "embeds": [
        {
          "author": {
            "name": "Now playing",
          },
          "color": 3112283,
          "description": "\`1:01\` ●─────────────────── \`1:02:05\`",
          "fields": [
            {
              "inline": true,
              "name": "Duration",
              "value": "1:02:05",
            },
            {
              "inline": true,
              "name": "Requested by",
              "value": "Ann",
            },
            {
              "inline": true,
              "name": "Volume",
              "value": "100 %",
            },
            {
              "inline": true,
              "name": "Repeat",
              "value": "the queue",
            },
            {
              "inline": false,
              "name": "Up next",
              "value": "[Next](https://media.test/watch?v=%28a%29_b)",
            },
          ],
          "footer": {
            "text": "Song [Live]",
          },
          "thumbnail": {
            "url": "https://media.test/t.jpg",
          },
          "title": "Song \\[Live\\]",
          "url": "https://media.test/watch?v=%28a%29_b",
        },
      ],
    }
  `);
});

test('one page of an ordinary queue', () => {
  const queue = [
    song('One'),
    song('Two', { duration: null, webpage_url: null }),
    song('Three', { is_live: true }),
  ];
  const view = queueView(
    {
      ...snapshot,
      current_song: song('Now'),
      queue,
      queue_offset: 20,
      queue_length: 23,
      queue_duration_ms: 7_450_800,
    },
    MESSAGES.en,
  );
  expect(view).toMatchInlineSnapshot(`
    {
      "components": [
        {
          "components": [
            {
              "custom_id": "queue:0:back",
              "label": "Back",
              "style": 2,
              "type": 2,
            },
            {
              "custom_id": "queue:1:refresh",
              "label": "Refresh",
              "style": 2,
              "type": 2,
            },
            {
              "custom_id": "queue:2:next",
              "disabled": true,
              "label": "Next",
              "style": 2,
              "type": 2,
            },
          ],
          "type": 1,
        },
      ],
      "embeds": [
        {
          "color": 4871528,
          "description": "**Now playing:** [Now](https://media.test/watch?v=%28a%29_b)

    \`21.\` [One](https://media.test/watch?v=%28a%29_b) · 1:02:05 · <@12345678901234567890>
    \`22.\` Two · unknown length · <@12345678901234567890>
    \`23.\` [Three](https://media.test/watch?v=%28a%29_b) · live · <@12345678901234567890>",
          "footer": {
            "text": "Page 2 of 2 · 23 tracks, 2:04:10",
          },
          "title": "Queue",
        },
      ],
    }
  `);
});

test.each([
  ['https://media.test/a_(b)', 'https://media.test/a_%28b%29'],
  ['https://media.test/a b', 'https://media.test/a%20b'],
  ['https://media.test/>)](x', 'https://media.test/%3E%29%5D%28x'],
  ['javascript:alert(1)', null],
  ['file:///etc/passwd', null],
  ['https://user:pass@media.test/', null],
  ['not an address', null],
  [null, null],
])('the address %j becomes %j', (raw, link) => {
  expect(pageAddress(raw)).toBe(link);
});

test('an address too long for the message is left out, the title stays', () => {
  expect(trackLink(song('Title', { webpage_url: `https://media.test/${'a'.repeat(600)}` }))).toBe('Title');
});

test('lengths read as people write them', () => {
  expect(durationText(song('x'), MESSAGES.en)).toBe('1:02:05');
  expect(durationText(song('x', { is_live: true }), MESSAGES.en)).toBe('live');
  expect(durationText(song('x', { duration: null }), MESSAGES.en)).toBe('unknown length');
});

test('when a track starts is known only if everything before it has an end', () => {
  const base: Parameters<typeof startsInMs>[0] = {
    ...snapshot,
    loop: 'off',
    position: { position_ms: 40_000, at: 0, moving: true, speed: 1 },
    current_song: song('now', { duration: 100 }),
    queue: [song('a', { duration: 50 })],
  };
  expect(startsInMs(base, 1, 40_000)).toBe(60_000);
  expect(startsInMs(base, 2, 40_000)).toBe(110_000);
  expect(startsInMs(base, 3, 40_000)).toBeNull();
  expect(startsInMs({ ...base, current_song: song('live', { is_live: true }) }, 1, 0)).toBeNull();
  expect(startsInMs({ ...base, player_status: 'paused' }, 1, 0)).toBeNull();
  expect(startsInMs({ ...base, crossfade_ms: 5_000 }, 2, 40_000)).toBe(100_000);
  expect(startsInMs({ ...base, position: { ...base.position, speed: 2 } }, 2, 40_000)).toBe(55_000);
});

test('foreign button ids are not taken for ours', () => {
  expect(readPanelButton('np:skip:entry:with:colons')).toEqual({
    action: 'skip',
    entryId: 'entry:with:colons',
  });
  for (const id of [
    '',
    'np',
    'np:skip',
    'np:skip:',
    'np:explode:e',
    'xx:skip:e',
    `np:skip:${'e'.repeat(65)}`,
  ])
    expect(readPanelButton(id)).toBeNull();
});

test.each(LANGUAGES)('help fits into one message in %s', (language) => {
  lengths(helpView(MESSAGES[language]));
});

test.each([
  ['playing', null, 'Now playing'],
  ['loading', null, 'Loading'],
  ['loading', 'moderator', 'Muted by a moderator'],
  ['loading', 'stage', 'Not invited to speak yet'],
  ['paused', 'moderator', 'Paused'],
] as const)('the panel of a track that is %s, muted by %s, says "%s"', (status, mutedBy, text) => {
  const state = { ...snapshot, player_status: status, muted_by: mutedBy, current_song: song('a') };
  const view = nowPlayingPanel(state, 0, MESSAGES.en);
  expect(view.embeds[0]?.author?.name).toBe(text);
});

test('the panel shows the sound where it is not neutral', () => {
  const fieldsOf = (sound: object) =>
    nowPlayingPanel({ ...snapshot, ...sound, current_song: song('a') }, 0, MESSAGES.en).embeds[0]?.fields;
  expect(fieldsOf({})?.map(({ name }) => name)).not.toContain('Sound');
  const { nightcore } = FILTER_PRESETS;
  expect(fieldsOf({ filters: nightcore, preset: 'nightcore', crossfade_ms: 4_000 })).toContainEqual({
    name: 'Sound',
    value: 'Nightcore · crossfade 4 s',
    inline: true,
  });
});
