import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { adds, song } from './scripted-player.ts';
import { Stage } from './stage.ts';

let folder: string;
let stations: string;

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'bandstand-bot-radio-'));
  stations = join(folder, 'stations.txt');
  await writeFile(stations, 'Jazz FM = http://radio.test:8000/jazz.pls\nRock FM = http://radio.test/rock\n');
});

afterAll(() => rm(folder, { recursive: true }));

async function tunedIn() {
  const stage = await Stage.build({ env: { RADIO_STATIONS: stations } });
  const ann = stage.discord.user('ann');
  await ann.joins(stage.lounge);
  stage.player.script.ADD_TO_QUEUE = adds(song('Jazz FM', { is_live: true, duration: null }));
  return { stage, ann, [Symbol.asyncDispose]: () => stage[Symbol.asyncDispose]() };
}

test('a station is played by its name, at the end of the queue', async () => {
  await using scene = await tunedIn();
  const { stage, ann } = scene;
  await ann.runs('/radio', { station: 'jazz fm' }, { in: stage.general }).reply();
  const [add] = stage.player.commandsOf('ADD_TO_QUEUE');
  expect(add?.data).toMatchObject({ query: 'http://radio.test:8000/jazz.pls', position: 'end' });
  stage.assertClean();
});

test('behind a station it would never have its turn: it takes that one’s place, unless told otherwise', async () => {
  await using scene = await tunedIn();
  const { stage, ann } = scene;
  stage.guild.become({
    current_song: song('Rock FM', { is_live: true, duration: null }),
    player_status: 'playing',
  });
  await expect
    .poll(() => stage.bot.link.mirrorOf(stage.guild.guildId)?.snapshot?.current_song?.is_live)
    .toBe(true);
  const options = { in: stage.general };
  await ann.runs('/radio', { station: 'http://other.test/stream' }, options).reply();
  await ann.runs('/radio', { station: 'Jazz FM', position: 'next' }, options).reply();
  expect(stage.player.commandsOf('ADD_TO_QUEUE').map(({ data }) => [data.query, data.position])).toEqual([
    ['http://other.test/stream', 'now'],
    ['http://radio.test:8000/jazz.pls', 'next'],
  ]);
  stage.assertClean();
});

test('names are suggested while they are typed, and an unknown one is not searched for', async () => {
  await using scene = await tunedIn();
  const { stage, ann } = scene;
  const choices = await ann.types('/radio', { station: 'fm' }, { in: stage.general });
  expect(choices.map(({ name }) => name)).toEqual(['Jazz FM', 'Rock FM']);
  const answer = await ann.runs('/radio', { station: 'no such' }, { in: stage.general }).reply();
  expect(answer.content).toContain('I know no station of that name');
  expect(stage.player.commandsOf('ADD_TO_QUEUE')).toEqual([]);
  stage.assertClean();
});

test('the channel hears once that a station was lost, and never of a recording that is being mended', async () => {
  await using scene = await tunedIn();
  const { stage } = scene;
  stage.guild.become({ text_channel_id: stage.general.id as never });
  await expect
    .poll(() => stage.bot.link.mirrorOf(stage.guild.guildId)?.snapshot?.text_channel_id)
    .toBe(stage.general.id);
  const station = song('Jazz FM', { is_live: true, duration: null, webpage_url: null });
  const lost = {
    error_type: 'MEDIA_CUT',
    error_message: 'x',
    retryable: true,
    request_key: null,
    next_step: 'retrying',
  } as const;
  stage.guild.emit('PLAYER_ERROR', { ...lost, details: {}, song_data: song('A song') });
  for (const attempt of [1, 2, 3])
    stage.guild.emit('PLAYER_ERROR', { ...lost, details: { attempt, attempts: 3 }, song_data: station });
  const message = await stage.general.waitForMessage(({ embeds }) => embeds.length > 0);
  expect(message.embeds[0]?.description).toBe('I lost Jazz FM and am trying to reach it again …');
  stage.assertClean();
});
