import type { DiscordSimulator } from '@bandstand/discord-simulator';
import { PlayerError, type RequestOutcome } from '@bandstand/protocol';
import { expect, test } from 'vitest';
import { COMMAND_NAMES } from '../src/locales/messages.ts';
import { adds, song } from './scripted-player.ts';
import { Stage } from './stage.ts';

const EPHEMERAL = 64;

async function annInTheLounge(stage: Stage) {
  const ann = stage.discord.user('ann');
  await ann.joins(stage.lounge);
  return ann;
}

test('/play joins and looks the track up at the same time, and says what was added', async () => {
  await using stage = await Stage.build();
  const ann = await annInTheLounge(stage);
  stage.player.script.ADD_TO_QUEUE = adds(song('A *song*'));

  const invocation = ann.runs('/play', { query: 'a song' }, { in: stage.general });
  expect(await invocation.acknowledged).toBeLessThan(1_500);
  const answer = await invocation.reply();

  expect(answer.embeds[0]?.description).toBe(
    'Added [A \\*song\\*](https://media.test/watch?v=a) (3:20), starting now.',
  );
  const [connect] = stage.player.commandsOf('CONNECT');
  expect(connect?.data).toMatchObject({ channel_id: stage.lounge.id, text_channel_id: stage.general.id });
  const [add] = stage.player.commandsOf('ADD_TO_QUEUE');
  expect(add).toMatchObject({
    key: `${invocation.id}:add`,
    data: { query: 'a song', repeat_count: 1, position: 'end', requester_id: ann.id, requester_name: 'ann' },
  });
  stage.assertClean();
});

test('/play behind other tracks says the position and about when it starts', async () => {
  await using stage = await Stage.build();
  const ann = await annInTheLounge(stage);
  const ahead = song('ahead', { duration: 60 });
  stage.guild.become({
    current_song: song('current', { duration: 200 }),
    player_status: 'playing',
    position: { position_ms: 80_000, at: 0, moving: false, speed: 1 },
    queue: [ahead, song('new')],
    queue_length: 2,
  });
  stage.player.script.ADD_TO_QUEUE = adds(song('new'), { queue_position: 2 });
  const answer = await ann.runs('/play', { query: 'new' }, { in: stage.general }).reply();
  expect(answer.embeds[0]?.description).toContain('position 2, starts in about 3:00.');
  stage.assertClean();
});

test('a playlist is counted while it grows, and at the end', async () => {
  await using stage = await Stage.build();
  const ann = await annInTheLounge(stage);
  const first = song('first');
  stage.player.script.ADD_TO_QUEUE = adds(first, { complete: false, playlist_name: 'My [list](x)' });
  const invocation = ann.runs('/play', { query: 'https://media.test/list' }, { in: stage.general });
  await expect
    .poll(() => invocation.replies.at(-1)?.embeds[0]?.description)
    .toMatch(/^Added 1 track .* more are coming/);
  const [key] = stage.guild.outcomes.keys();
  const outcome = stage.guild.outcomes.get(key ?? '') as Extract<RequestOutcome, { state: 'added' }>;
  stage.guild.settle({ ...outcome, added: 37, complete: true, skipped: 3 });
  await expect
    .poll(() => invocation.replies.at(-1)?.embeds[0]?.description)
    .toBe('Added 37 tracks from My \\[list\\]\\(x\\)\n3 tracks did not fit and were left out.');
  stage.assertClean();
});

test('/p5 asks for five', async () => {
  await using stage = await Stage.build();
  const ann = await annInTheLounge(stage);
  stage.player.script.ADD_TO_QUEUE = adds(song('again'), { added: 5 });
  const answer = await ann.runs('/p5', { query: 'again' }, { in: stage.general }).reply();
  expect(answer.embeds[0]?.description).toContain('5 times');
  expect(stage.player.commandsOf('ADD_TO_QUEUE')[0]?.data.repeat_count).toBe(5);
});

test('a track that cannot be had is answered with its cause, by event', async () => {
  await using stage = await Stage.build();
  const ann = await annInTheLounge(stage);
  stage.player.script.ADD_TO_QUEUE = ({ key }, guild) => {
    setImmediate(() =>
      guild.emit('PLAYER_ERROR', {
        error_type: 'GEO_BLOCKED',
        error_message: 'ERROR: [media] https://media.test/x?sig=SECRET not available in your country',
        retryable: false,
        details: {},
        song_data: null,
        request_key: key,
        next_step: 'none',
      }),
    );
    return { outcome: { key: key as never, state: 'pending' } };
  };
  const answer = await ann.runs('/play', { query: 'x' }, { in: stage.general }).reply();
  expect(answer.content).toBe('The site does not offer this track in my country.');
  expect(stage.logLines.join('')).not.toContain('SECRET');
  stage.assertClean();
});

test('an outcome whose event was lost is found by asking', async () => {
  await using stage = await Stage.build();
  const ann = await annInTheLounge(stage);
  stage.player.script.ADD_TO_QUEUE = ({ key }, guild) => {
    const outcome = {
      key: key as never,
      state: 'failed',
      code: 'NOTHING_FOUND',
      retryable: false,
      message: 'x',
      details: {},
    } as const;
    guild.outcomes.set(outcome.key, outcome);
    return { outcome: { key: outcome.key, state: 'pending' } };
  };
  const answer = await ann.runs('/play', { query: 'x' }, { in: stage.general }).reply();
  expect(answer.content).toBe('I found nothing for that.');
});

test('a failed join is told together with what was added', async () => {
  await using stage = await Stage.build();
  const ann = await annInTheLounge(stage);
  stage.player.script.CONNECT = () => {
    throw new PlayerError('VOICE_RATE_LIMITED', 'too many joins');
  };
  stage.player.script.ADD_TO_QUEUE = adds(song('x'), { queue_position: 1 });
  const answer = await ann.runs('/play', { query: 'x' }, { in: stage.general }).reply();
  expect(answer.embeds[0]?.description).toMatch(/^Added .*\nBut I could not join: Too many joins/);
});

test.each<[string, Record<string, string | number>, string, RegExp]>([
  ['/pause', {}, 'PAUSE', /^Paused\.$/],
  ['/resume', {}, 'RESUME', /^Going on\.$/],
  ['/stop', {}, 'CLEAR_QUEUE', /^Stopped\./],
  ['/reset', {}, 'RESET_PLAYER', /^Everything is reset\.$/],
  ['/volume', { level: 150 }, 'SET_VOLUME', /^The volume is now 150 %\.$/],
  ['/volume', {}, 'GET_STATE', /^The volume is 100 %\.$/],
  ['/normalize', { state: 'on' }, 'SET_NORMALIZATION', /^All tracks are played equally loud\.$/],
  ['/normalize', { state: 'off' }, 'SET_NORMALIZATION', /^Each track is played as loud as it was made\.$/],
  ['/normalize', {}, 'GET_STATE', /^Each track is played as loud as it was made\.$/],
  ['/crossfade', { seconds: 2.5 }, 'SET_CROSSFADE', /^Tracks fade into each other over 2\.5 s\.$/],
  ['/crossfade', { seconds: 0 }, 'SET_CROSSFADE', /^Tracks follow each other without fading\.$/],
  ['/crossfade', {}, 'GET_STATE', /^Tracks follow each other without fading\.$/],
  ['/loop', { mode: 'queue' }, 'SET_LOOP', /^Repeat: the queue\.$/],
  ['/shuffle', {}, 'SHUFFLE', /^The queue is empty\.$/],
  ['/clear', {}, 'CLEAR_QUEUE', /already\.$/],
  ['/leave', {}, 'DISCONNECT', /^See you\.$/],
  ['/join', {}, 'CONNECT', /^I am in <#\d+>\.$/],
  ['/skip', {}, 'GET_STATE', /^Nothing is playing\.$/],
  ['/nowplaying', {}, 'GET_STATE', /^Nothing is playing\.$/],
  ['/seek', { time: 'soon' }, 'GET_STATE', /^I do not understand this time/],
  ['/remove', { item: '7' }, 'GET_STATE', /^This track is not in the queue any more\.$/],
  ['/move', { item: 'entry-x', position: 1 }, 'MOVE_IN_QUEUE', /^This track is not in the queue any more\.$/],
])('%s %j asks the player for %s and answers in plain words', async (command, options, action, sentence) => {
  await using stage = await Stage.build();
  const ann = await annInTheLounge(stage);
  const answer = await ann.runs(command, options, { in: stage.general }).reply();
  expect(answer.content).toMatch(sentence);
  expect(stage.player.received.map((received) => received.action)).toContain(action);
  stage.assertClean();
});

test.each<[string, Record<string, string | number>, object | null, string]>([
  ['/filter preset', { name: 'Nightcore' }, { preset: 'nightcore' }, 'Filters that are on: Nightcore.'],
  ['/filter preset', { name: 'flat' }, { preset: 'flat' }, 'No filters are on.'],
  ['/filter reset', {}, { filters: {} }, 'No filters are on.'],
  ['/filter eq', {}, null, 'No filters are on.'],
  [
    '/filter eq',
    { low: 6, high: -1.5 },
    { filters: { threeBandEq: { lowDb: 6, midDb: 0, highDb: -1.5 } } },
    'Filters that are on: low +6 dB, high -1.5 dB.',
  ],
  [
    '/filter speed',
    { factor: 1.25 },
    { filters: { timescale: { speed: 1.25, pitch: 1, rate: 1 } } },
    'Filters that are on: speed 1.25×.',
  ],
  [
    '/filter pitch',
    { factor: 0.8 },
    { filters: { timescale: { speed: 1, pitch: 0.8, rate: 1 } } },
    'Filters that are on: pitch 0.8×.',
  ],
])('%s %j asks for %j and says what is on now', async (command, options, data, sentence) => {
  await using stage = await Stage.build();
  const ann = await annInTheLounge(stage);
  const answer = await ann.runs(command, options, { in: stage.general }).reply();
  expect(answer.content).toBe(sentence);
  expect(stage.player.commandsOf('SET_FILTERS').map((sent) => sent.data)).toEqual(
    data === null ? [] : [data],
  );
  stage.assertClean();
});

test('/filter eq, speed and pitch each change their part of what is on, and leave the rest', async () => {
  await using stage = await Stage.build();
  const ann = await annInTheLounge(stage);
  const answers: string[] = [];
  for (const [command, options] of [
    ['/filter preset', { name: 'nightcore' }],
    ['/filter speed', { factor: 1 }],
    ['/filter eq', { low: 3 }],
    ['/filter eq', { mid: -3 }],
    ['/filter pitch', { factor: 1 }],
  ] as const)
    answers.push((await ann.runs(command, options, { in: stage.general }).reply()).content);
  expect(answers).toEqual([
    'Filters that are on: Nightcore.',
    'Filters that are on: pitch 1.2×.',
    'Filters that are on: pitch 1.2×, low +3 dB.',
    'Filters that are on: pitch 1.2×, low +3 dB, mid -3 dB.',
    'Filters that are on: low +3 dB, mid -3 dB.',
  ]);
  stage.assertClean();
});

test('/filter speed tells that a live stream keeps its own', async () => {
  await using stage = await Stage.build();
  const ann = await annInTheLounge(stage);
  stage.guild.become({ current_song: song('radio', { is_live: true }), player_status: 'playing' });
  await expect
    .poll(() => stage.bot.link.mirrorOf(stage.guild.guildId)?.snapshot?.current_song?.title)
    .toBe('radio');
  const answerTo = async (command: string, options: Record<string, number>) =>
    (await ann.runs(command, options, { in: stage.general }).reply()).content;
  expect(await answerTo('/filter speed', { factor: 1.5 })).toBe(
    'Filters that are on: speed 1.5×. The live stream that is on keeps its own speed.',
  );
  expect(await answerTo('/filter reset', {})).toBe('No filters are on.');
});

test('/filter of a player that is older than its filters says so', async () => {
  await using stage = await Stage.build();
  const ann = await annInTheLounge(stage);
  stage.player.script.SET_FILTERS = () => {
    throw new PlayerError('UNKNOWN_ACTION', 'unknown action "SET_FILTERS"');
  };
  const answer = await ann.runs('/filter preset', { name: 'pop' }, { in: stage.general }).reply();
  expect(answer.content).toBe('The player does not know this yet; it needs an update.');
});

test('/skip names the track it skips; a second skip of the same one does nothing', async () => {
  await using stage = await Stage.build();
  const ann = await annInTheLounge(stage);
  stage.guild.become({ current_song: song('one'), player_status: 'playing' });
  const answer = await ann.runs('/skip', {}, { in: stage.general }).reply();
  expect(answer.embeds[0]?.description).toContain('Skipped [one]');
  expect(stage.player.commandsOf('SKIP_SONG')[0]?.data.entry_id).toBe('entry-one');

  stage.player.script.SKIP_SONG = () => {
    throw new PlayerError('ENTRY_CHANGED', 'another one plays');
  };
  const second = await ann.runs('/skip', {}, { in: stage.general }).reply();
  expect(second.content).toBe('That track is over already, so I changed nothing.');
});

test('/seek +15 becomes a position in a named track', async () => {
  await using stage = await Stage.build();
  const ann = await annInTheLounge(stage);
  stage.guild.become({
    current_song: song('one'),
    player_status: 'paused',
    position: { position_ms: 60_000, at: 0, moving: false, speed: 1 },
  });
  const answer = await ann.runs('/seek', { time: '+15' }, { in: stage.general }).reply();
  expect(answer.content).toBe('Now at 1:15.');
  expect(stage.player.commandsOf('SEEK')[0]?.data).toEqual({ position_ms: 75_000, entry_id: 'entry-one' });
});

test('/queue shows twenty entries with position, link, length and requester, and pages through the rest', async () => {
  await using stage = await Stage.build();
  const bob = stage.discord.user('bob');
  const queue = Array.from({ length: 45 }, (_, index) =>
    song(`Track ${index + 1}`, { requester_id: bob.id as never }),
  );
  stage.guild.become({
    current_song: song('now'),
    player_status: 'playing',
    queue: queue.slice(0, 20),
    queue_length: 45,
    queue_duration_ms: 45 * 200_000,
  });
  stage.guild.state = { ...stage.guild.state, queue };

  const invocation = bob.runs('/queue', {}, { in: stage.general });
  const first = await invocation.reply();
  const lines = first.embeds[0]?.description?.split('\n') ?? [];
  expect(lines.filter((line) => /^`\d+\.`/.test(line))).toHaveLength(20);
  expect(lines).toContain(`\`1.\` [Track 1](https://media.test/watch?v=a) · 3:20 · <@${bob.id}>`);
  expect(first.embeds[0]?.footer?.text).toBe('Page 1 of 3 · 45 tracks, 2:30:00');

  await bob.clicks(first, 'Next').reply();
  await expect.poll(async () => (await invocation.reply()).embeds[0]?.footer?.text).toContain('Page 2 of 3');
  const beyond = await bob.runs('/queue', { page: 99 }, { in: stage.general }).reply();
  expect(beyond.embeds[0]?.footer?.text).toContain('Page 3 of 3');
  stage.assertClean();
});

test('/remove suggests entries of the queue by title and takes the entry id', async () => {
  await using stage = await Stage.build();
  const ann = await annInTheLounge(stage);
  stage.guild.become({ queue: [song('Apple'), song('Banana'), song('Apricot')], queue_length: 3 });
  const choices = await ann.types('/remove', { item: 'ap' }, { in: stage.general });
  expect(choices).toEqual([
    { name: '1. Apple (3:20)', value: 'entry-Apple' },
    { name: '3. Apricot (3:20)', value: 'entry-Apricot' },
  ]);
  stage.player.script.REMOVE_FROM_QUEUE = () => ({ removed: song('Apricot') });
  await ann.runs('/remove', { item: '3' }, { in: stage.general }).reply();
  expect(stage.player.commandsOf('REMOVE_FROM_QUEUE')[0]?.data).toEqual({ entry_id: 'entry-Apricot' });
});

test('/play suggests search results for words, and asks nothing for addresses', async () => {
  await using stage = await Stage.build();
  const ann = await annInTheLounge(stage);
  const { entry_id: _, requester_id: __, requester_name: ___, ...found } = song('Found *it*');
  stage.player.script.SEARCH = () => ({ results: [found] });
  expect(await ann.types('/play', { query: 'find it' }, { in: stage.general })).toEqual([
    { name: 'Found *it* (3:20)', value: 'https://media.test/a' },
  ]);
  expect(await ann.types('/play', { query: 'https://media.test/a' }, { in: stage.general })).toEqual([]);
  expect(stage.player.commandsOf('SEARCH')).toHaveLength(1);
  stage.assertClean();
});

test('a search that takes too long ends without suggestions, within the three seconds', async () => {
  await using stage = await Stage.build();
  const ann = await annInTheLounge(stage);
  stage.player.script.SEARCH = () => new Promise(() => {});
  expect(await ann.types('/play', { query: 'slow' }, { in: stage.general })).toEqual([]);
  stage.assertClean();
});

test('/help lists every command, /ping measures all three ways', async () => {
  await using stage = await Stage.build();
  const ann = stage.discord.user('ann');
  const help = await ann.runs('/help', {}, { in: stage.general }).reply();
  expect(help.embeds[0]?.description?.match(/^`\//gm)).toHaveLength(COMMAND_NAMES.length + 4); // /filter is five
  expect(help.flags).toBe(EPHEMERAL);
  const ping = await ann.runs('/ping', {}, { in: stage.general }).reply();
  expect(ping.embeds[0]?.fields?.map((field) => field.name)).toEqual([
    'Discord gateway',
    'Discord REST',
    'Player',
    'Versions',
  ]);
  expect(ping.embeds[0]?.fields?.[2]?.value).toMatch(/^\d+ ms$/);
  expect(ping.embeds[0]?.fields?.[3]?.value).toContain('player 9.9.9');
  stage.assertClean();
});

test('commands are registered once, and not again while they are the same', async () => {
  await using stage = await Stage.build();
  const registrations = (discord: DiscordSimulator) =>
    discord.log.rest.filter((call) => call.method === 'PUT' && call.route?.endsWith('/commands'));
  expect(registrations(stage.discord)).toHaveLength(1);
  await stage.stopBot();
  await stage.startBot();
  expect(registrations(stage.discord)).toHaveLength(1);
  stage.assertClean();
});

test('commands that move into a guild are taken back everywhere else', async () => {
  await using stage = await Stage.build();
  await stage.stopBot();
  await stage.startBot({ COMMAND_GUILD_IDS: stage.discord.guild().id });
  const puts = stage.discord.log.rest
    .filter((call) => call.method === 'PUT')
    .map((call) => [call.route, (call.requestBody as unknown[]).length]);
  expect(puts).toEqual([
    ['/applications/:application/commands', COMMAND_NAMES.length],
    ['/applications/:application/commands', 0],
    ['/applications/:application/guilds/:guild/commands', COMMAND_NAMES.length],
  ]);
  stage.assertClean();
});
