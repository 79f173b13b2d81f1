import { expect, test } from 'vitest';
import { song } from './scripted-player.ts';
import { Stage } from './stage.ts';

test('/pause reaches the player and is answered in plain words', async () => {
  await using stage = await Stage.build();
  const ann = stage.discord.user('ann');
  await ann.joins(stage.lounge);

  const answer = await ann.runs('/pause', {}, { in: stage.general }).reply();

  expect(answer.content).toBe('Paused.');
  expect(stage.player.commandsOf('PAUSE')).toHaveLength(1);
  stage.assertClean();
});

test('whoever is in no voice channel is asked to join one, and the player hears nothing', async () => {
  await using stage = await Stage.build();
  const answer = await stage.discord.user('ann').runs('/play', { query: 'x' }, { in: stage.general }).reply();
  expect(answer.content).toBe('Please join a voice channel first.');
  expect(answer.flags).toBe(64);
  expect(stage.player.commandsOf('ADD_TO_QUEUE')).toEqual([]);
  stage.assertClean();
});

test('/play joins and looks the track up at the same time, and says what was added', async () => {
  await using stage = await Stage.build();
  const ann = stage.discord.user('ann');
  await ann.joins(stage.lounge);
  stage.player.script.ADD_TO_QUEUE = (command, guild) => {
    const key = command.key as NonNullable<typeof command.key>;
    queueMicrotask(() =>
      guild.emit('QUEUE_UPDATED', {
        queue: [],
        queue_length: 0,
        queue_duration_ms: 0,
        request: {
          key,
          state: 'added',
          song: song('A *song*'),
          added: 1,
          complete: true,
          playlist_name: null,
          queue_position: 0,
          skipped: 0,
        },
      }),
    );
    return { outcome: { key, state: 'pending' } };
  };

  const invocation = ann.runs('/play', { query: 'a song' }, { in: stage.general });
  expect(await invocation.acknowledged).toBeLessThan(1_000);
  const answer = await invocation.reply();

  expect(answer.embeds[0]?.description).toBe(
    'Added [A \\*song\\*](https://media.test/watch?v=a) (3:20), starting now.',
  );
  const [connect] = stage.player.commandsOf('CONNECT');
  expect(connect?.data).toMatchObject({ channel_id: stage.lounge.id, text_channel_id: stage.general.id });
  const [add] = stage.player.commandsOf('ADD_TO_QUEUE');
  expect(add?.data).toMatchObject({
    query: 'a song',
    repeat_count: 1,
    position: 'end',
    requester_id: ann.id,
  });
  expect(add?.key).toBe(`${invocation.id}:add`);
  stage.assertClean();
});
