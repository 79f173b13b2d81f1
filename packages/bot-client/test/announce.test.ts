import { PlayerError, type RequestKey } from '@bandstand/protocol';
import { expect, test } from 'vitest';
import type { ScriptedGuild } from './scripted-player.ts';
import { Stage } from './stage.ts';

/** In the lounge, and allowed to speak over others. */
async function speaker(stage: Stage) {
  const ann = stage.discord.user('ann');
  await ann.joins(stage.lounge);
  stage.discord.moderator.grants(ann, stage.discord.guild(), 'PrioritySpeaker');
  return ann;
}

/** Acknowledges a layer, and tells soon what becomes of it. */
function then(tell: (guild: ScriptedGuild, layerId: RequestKey) => void) {
  return (command: { readonly key?: RequestKey | null | undefined }, guild: ScriptedGuild) => {
    const layerId = command.key ?? ('none' as RequestKey);
    setImmediate(() => tell(guild, layerId));
    return { layer_id: layerId };
  };
}

test('/announce says what is heard once it is heard, to whoever asked', async () => {
  await using stage = await Stage.build();
  const ann = await speaker(stage);
  stage.player.script.PLAY_LAYER = then((guild, layer_id) => {
    guild.emit('LAYER_STARTED', { layer_id, mode: 'priority', title: 'Closing *soon*', duration: 4 });
  });
  const options = { what: 'closing.mp3', mode: 'priority' };
  const answer = await ann.runs('/announce', options, { in: stage.general }).reply();
  expect(answer.content).toBe('On air: Closing \\*soon\\*.');
  expect(stage.player.commandsOf('PLAY_LAYER').map(({ data }) => data)).toMatchObject([
    { query: 'closing.mp3', mode: 'priority' },
  ]);
  stage.assertClean();
});

test('/announce says why nothing will be heard', async () => {
  await using stage = await Stage.build();
  const ann = await speaker(stage);
  stage.player.script.PLAY_LAYER = () => {
    throw new PlayerError('LAYER_BUSY', 'one with priority');
  };
  const busy = await ann.runs('/announce', { what: 'x' }, { in: stage.general }).reply();
  expect(busy.content).toMatch(/^An announcement is being played\./);
  stage.player.script.PLAY_LAYER = then((guild, layer_id) => {
    guild.emit('LAYER_ENDED', { layer_id, reason: 'replaced' });
  });
  const replaced = await ann.runs('/announce', { what: 'x' }, { in: stage.general }).reply();
  expect(replaced.content).toBe('The announcement was ended before it was heard.');
  stage.player.script.PLAY_LAYER = then((guild, layer_id) => {
    guild.emit('PLAYER_ERROR', {
      error_type: 'LAYER_UNSUITABLE',
      error_message: 'a playlist',
      retryable: false,
      details: {},
      song_data: null,
      request_key: layer_id,
      next_step: 'none',
    });
    guild.emit('LAYER_ENDED', { layer_id, reason: 'loadFailed' });
  });
  const unsuitable = await ann.runs('/announce', { what: 'x' }, { in: stage.general }).reply();
  expect(unsuitable.content).toMatch(/^An announcement must be a single track/);
  stage.assertClean();
});

test('/announce without anything to say ends what is on', async () => {
  await using stage = await Stage.build();
  const ann = await speaker(stage);
  let isOn = true;
  stage.player.script.STOP_LAYER = () => {
    const changed = isOn;
    isOn = false;
    return { changed };
  };
  const stop = async () => (await ann.runs('/announce', {}, { in: stage.general }).reply()).content;
  expect(await stop()).toBe('The announcement was stopped.');
  expect(await stop()).toBe('No announcement is being played.');
  expect(stage.player.commandsOf('PLAY_LAYER')).toEqual([]);
  stage.assertClean();
});

test('/announce is offered to those who may speak over others, and carried out where they may', async () => {
  await using stage = await Stage.build();
  const ben = stage.discord.user('ben');
  await ben.joins(stage.lounge);
  expect(() => ben.runs('/announce', { what: 'x' }, { in: stage.general })).toThrow('permissions');

  const ann = await speaker(stage);
  stage.discord.moderator.denies(stage.lounge, ann, 'PrioritySpeaker');
  const answer = await ann.runs('/announce', { what: 'x' }, { in: stage.general }).reply();
  expect(answer.content).toMatch(/“Priority Speaker”/);
  expect(stage.player.commandsOf('PLAY_LAYER')).toEqual([]);
});
