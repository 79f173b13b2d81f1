import { controlsOf } from '@bandstand/discord-simulator';
import { expect, test } from 'vitest';
import { song } from './scripted-player.ts';
import { Stage, type StageOptions } from './stage.ts';

async function stageWithText(options: StageOptions = {}) {
  const stage = await Stage.build(options);
  stage.guild.become({ text_channel_id: stage.general.id as never });
  const ann = stage.discord.user('ann');
  await ann.joins(stage.lounge);
  return { stage, ann };
}

const panels = (stage: Stage) => stage.general.messages.filter((message) => message.components?.length);

test('the start of a song sends one message with title, link, duration, requester, progress and buttons', async () => {
  const { stage } = await stageWithText();
  await using _ = stage;
  stage.guild.startsPlaying(song('First @everyone', { requester_id: stage.discord.user('ann').id as never }));

  const message = await stage.general.waitForMessage((candidate) => candidate.embeds.length > 0);

  const [embed] = message.embeds;
  expect(embed).toMatchObject({ title: 'First \\@everyone', url: 'https://media.test/watch?v=a' });
  expect(embed?.description).toMatch(/^`0:00` ●─+ `3:20`$/);
  expect(embed?.fields?.map((field) => field.value)).toEqual([
    '3:20',
    `<@${stage.discord.user('ann').id}>`,
    '100 %',
  ]);
  const labels = controlsOf(message).map((control) => ('label' in control ? control.label : null));
  expect(labels).toEqual(['Previous', 'Pause', 'Skip', 'Stop', 'Repeat: off']);
  expect(message.mention_everyone).toBe(false);
  stage.assertClean();
});

test('it is edited when the state changes, moved by the next song, and removed in the end', async () => {
  const { stage } = await stageWithText();
  await using _ = stage;
  stage.guild.startsPlaying(song('One'));
  const first = await stage.general.waitForMessage((message) => message.embeds[0]?.title === 'One');

  stage.guild.become({
    player_status: 'paused',
    position: { position_ms: 5_000, at: Date.now(), moving: false, speed: 1 },
  });
  await stage.general.waitForMessage(
    (message) => message.id === first.id && message.embeds[0]?.author?.name === 'Paused',
  );
  stage.guild.become({ volume_percent: 50 });
  await stage.general.waitForMessage(
    (message) => message.id === first.id && message.embeds[0]?.fields?.[2]?.value === '50 %',
  );

  stage.guild.startsPlaying(song('Two'));
  const second = await stage.general.waitForMessage((message) => message.embeds[0]?.title === 'Two');
  expect(second.id).not.toBe(first.id);
  expect(panels(stage).map((message) => message.id)).toEqual([second.id]);

  stage.guild.goesIdle();
  await expect.poll(() => panels(stage)).toEqual([]);
  stage.assertClean();
});

test('the progress moves on while people can see it', async () => {
  const { stage, ann } = await stageWithText();
  await using _ = stage;
  stage.guild.startsPlaying(song('One'), 100_000);
  const message = await stage.general.waitForMessage((candidate) => candidate.embeds[0]?.title === 'One');
  const edits = () =>
    stage.discord.log.rest.filter((call) => call.method === 'PATCH' && call.path.endsWith(message.id)).length;
  await expect.poll(edits).toBeGreaterThanOrEqual(2);

  for (let i = 0; i < 6; i++) ann.says(stage.general, `chat ${i}`);
  // One edit may be under way; after it the panel rests.
  await expect.poll(() => stage.logLines.length).toBeGreaterThan(0);
  const after = edits();
  stage.guild.become({ volume_percent: 70 });
  await stage.general.waitForMessage((candidate) => candidate.embeds[0]?.fields?.[2]?.value === '70 %');
  expect(edits()).toBeLessThanOrEqual(after + 2);
  stage.assertClean();
});

test('its buttons steer the track they were shown for', async () => {
  const { stage, ann } = await stageWithText();
  await using _ = stage;
  stage.guild.startsPlaying(song('One'));
  const message = await stage.general.waitForMessage((candidate) => candidate.embeds[0]?.title === 'One');

  await ann.clicks(message, 'Pause').acknowledged;
  await ann.clicks(message, 'Skip').acknowledged;
  await ann.clicks(message, 'Repeat: off').acknowledged;
  await expect.poll(() => stage.player.commandsOf('SET_LOOP')[0]?.data).toEqual({ mode: 'track' });
  expect(stage.player.commandsOf('PAUSE')).toHaveLength(1);
  expect(stage.player.commandsOf('SKIP_SONG')[0]?.data).toEqual({ entry_id: 'entry-One' });
  stage.assertClean();
});

test('a stale button changes nothing and says so', async () => {
  const { stage, ann } = await stageWithText();
  await using _ = stage;
  stage.guild.startsPlaying(song('One'));
  const message = await stage.general.waitForMessage((candidate) => candidate.embeds[0]?.title === 'One');
  // The next track is being fetched: the panel of the last one is still there.
  stage.guild.become({ current_song: song('Two'), player_status: 'loading', is_playing: false });
  await expect.poll(() => stage.bot.link.mirrorOf(stage.guild.guildId)?.currentEntryId).toBe('entry-Two');

  const answer = await ann.clicks(message, 'Skip').reply();
  expect(answer.content).toBe('This button belongs to a track that is over.');
  expect(stage.player.commandsOf('SKIP_SONG')).toEqual([]);
  stage.assertClean();
});

test('clicks of people outside the channel are refused', async () => {
  const { stage } = await stageWithText();
  await using _ = stage;
  stage.guild.startsPlaying(song('One'));
  const message = await stage.general.waitForMessage((candidate) => candidate.embeds[0]?.title === 'One');
  const answer = await stage.discord.user('bob').clicks(message, 'Stop').reply();
  expect(answer.content).toBe('Please join a voice channel first.');
  expect(stage.player.commandsOf('CLEAR_QUEUE')).toEqual([]);
});

test('a panel deleted by a moderator stays away for this track and comes back with the next', async () => {
  const { stage } = await stageWithText();
  await using _ = stage;
  stage.guild.startsPlaying(song('One'));
  const message = await stage.general.waitForMessage((candidate) => candidate.embeds[0]?.title === 'One');
  stage.discord.moderator.deletesMessage(message);
  stage.guild.become({ volume_percent: 30 });
  stage.guild.startsPlaying(song('Two'));
  await stage.general.waitForMessage((candidate) => candidate.embeds[0]?.title === 'Two');
  expect(panels(stage)).toHaveLength(1);
  expect(
    stage.discord.log.rest.filter(
      (call) => call.method === 'POST' && call.route === '/channels/:channel/messages',
    ),
  ).toHaveLength(2);
  stage.assertClean();
});

test('a restarted bot takes its message over while the song still plays', async () => {
  const { stage, ann } = await stageWithText();
  await using _ = stage;
  stage.guild.startsPlaying(song('One'));
  const message = await stage.general.waitForMessage((candidate) => candidate.embeds[0]?.title === 'One');
  await stage.stopBot();
  stage.guild.become({ volume_percent: 20 });
  await stage.startBot();
  await stage.general.waitForMessage(
    (candidate) => candidate.id === message.id && candidate.embeds[0]?.fields?.[2]?.value === '20 %',
  );
  expect(panels(stage)).toHaveLength(1);
  await ann.clicks(message, 'Pause').acknowledged;
  await expect.poll(() => stage.player.commandsOf('PAUSE')).toHaveLength(1);
  stage.assertClean();
});

test('a restarted bot removes the message of a song that ended meanwhile', async () => {
  const { stage } = await stageWithText();
  await using _ = stage;
  stage.guild.startsPlaying(song('One'));
  await stage.general.waitForMessage((candidate) => candidate.embeds[0]?.title === 'One');
  await stage.stopBot();
  stage.guild.goesIdle();
  await stage.startBot();
  await expect.poll(() => panels(stage)).toEqual([]);
  stage.assertClean();
});

test('without permission to write there is no panel, no storm of refused calls, and the music goes on', async () => {
  const { stage } = await stageWithText();
  await using _ = stage;
  stage.discord.moderator.denies(stage.general, stage.discord.bot, 'SendMessages');
  await expect.poll(() => stage.bot.client.channels.cache.get(stage.general.id)?.isTextBased()).toBe(true);
  stage.guild.startsPlaying(song('One'));
  stage.guild.become({ volume_percent: 40 });
  await expect.poll(() => stage.bot.link.mirrorOf(stage.guild.guildId)?.snapshot?.volume_percent).toBe(40);
  expect(stage.discord.log.rest.filter((call) => call.status === 403).length).toBeLessThanOrEqual(1);
  expect(panels(stage)).toEqual([]);
  stage.assertClean();
});

test('a track that fails while it should play is told in the channel, with the cause', async () => {
  const { stage } = await stageWithText();
  await using _ = stage;
  await expect
    .poll(() => stage.bot.link.mirrorOf(stage.guild.guildId)?.snapshot?.text_channel_id)
    .toBe(stage.general.id);
  for (const title of ['Dead', 'Gone'])
    stage.guild.emit('PLAYER_ERROR', {
      error_type: 'TRACK_REMOVED',
      error_message: 'x',
      retryable: false,
      details: {},
      song_data: song(title, { webpage_url: null }),
      request_key: null,
      next_step: 'skipped',
    });
  const message = await stage.general.waitForMessage((candidate) => candidate.embeds.length > 0);
  expect(message.embeds[0]?.description).toBe(
    'Skipped Dead: This track was removed.\nSkipped Gone: This track was removed.',
  );
  stage.assertClean();
});
