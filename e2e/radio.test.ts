import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { PlayerLink } from '@bandstand/bot-client';
import { renderMessage } from '@bandstand/discord-simulator';
import { guildIdSchema } from '@bandstand/protocol';
import { createLogger } from '@bandstand/service-kit';
import { pitchHz } from '@bandstand/test-support';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { longestGapMs } from './harness/ear.ts';
import { Scene } from './harness/scene.ts';
import { Stack } from './harness/stack.ts';
import { type MediaSite, startMediaSite } from './media-site/media-site.ts';

const resources = new AsyncDisposableStack();
let site: MediaSite;
let stack: Stack;

beforeAll(async () => {
  site = resources.use(await startMediaSite());
  const folder = resources.adopt(await mkdtemp(join(tmpdir(), 'bandstand-radio-')), (path) =>
    rm(path, { recursive: true, force: true }),
  );
  const list = site.radio.addList(
    'jazz.pls',
    'audio/x-scpls',
    `[playlist]\nFile1=${site.radio.url('jazz')}\n`,
  );
  const stations = join(folder, 'stations.txt');
  await writeFile(stations, `# Ours\nJazz FM = ${list}\nRock FM = ${site.radio.url('rock')}\n`);
  stack = resources.use(await Stack.start({ site, bot: { RADIO_STATIONS: stations } }));
  await stack.bot.logs.waitFor((line) => line['msg'] === 'met the player', { deadlineMs: 30_000 });
});

afterAll(async () => {
  await resources.disposeAsync();
  stack.discord.assertNothingUnexpected();
});

function said(scene: Scene): string {
  return scene.text.messages.map(renderMessage).join('\n');
}

/** The titles that the player tells of one guild, as a bot hears them. */
class Titles implements Disposable {
  readonly heard: (string | null)[] = [];
  readonly #link: PlayerLink;

  constructor({ guild }: Scene) {
    this.#link = new PlayerLink({
      commandEndpoint: stack.commandEndpoint,
      eventEndpoint: stack.eventEndpoint,
      security: { mechanism: 'none', allowInsecure: false },
      clientVersion: '0',
      log: createLogger({ name: 'titles', level: 'silent' }),
    });
    this.#link.follow(guildIdSchema.parse(guild.id));
    this.#link.on('event', (event) => {
      if (event.action === 'STREAM_TITLE') this.heard.push(event.data.title);
    });
  }

  [Symbol.dispose](): void {
    this.#link.close();
  }
}

// Each test has a guild and a station of its own, and most of them wait: side by side.
describe.concurrent('a station', () => {
  test('is found by its name, and its titles are told, shown and kept', async ({ expect }) => {
    const station = site.radio.add({
      id: 'jazz',
      name: 'Jazz FM',
      genre: 'Jazz',
      title: 'Blue *Train*',
      dialect: 'shoutcast',
    });
    const scene = await Scene.open(stack, 'jazz');
    using titles = new Titles(scene);
    const choices = await scene.user.types('/radio', { station: 'ja' }, { in: scene.text });
    expect(choices).toEqual([expect.objectContaining({ name: 'Jazz FM', value: 'Jazz FM' })]);
    expect(await scene.answerTo('/radio', { station: 'jazz fm' })).toMatch(/Jazz FM.*live/);

    const panel = await scene.panel('Blue \\*Train\\*');
    expect(renderMessage(panel)).toContain('On air');
    expect(renderMessage(panel)).toContain('Jazz · 128 kbit/s');
    await station.announce("Giant Steps; Coltrane's @everyone");
    await scene.panel("Giant Steps; Coltrane's \\@everyone");
    expect((await scene.state(stack)).stream_title).toBe("Giant Steps; Coltrane's @everyone");
    expect(titles.heard).toEqual(['Blue *Train*', "Giant Steps; Coltrane's @everyone"]);
    expect(await scene.answerTo('/nowplaying')).toContain("Giant Steps; Coltrane's \\@everyone");

    expect(await scene.answerTo('/seek', { time: '10' })).toContain('cannot jump within this track');
    await scene.ear.hearsMusic(100);
    expect(pitchHz(scene.ear.samples.subarray(-24_000), 48_000, [300, 1_000])).toBeCloseTo(440, 0);
    await scene.answerTo('/stop');
    await expect.poll(() => station.listeners).toBe(0);
  });

  test('that drops its listeners is heard again within four seconds, from now on', async ({ expect }) => {
    const station = site.radio.add({ id: 'drops', name: 'Drops', hz: 660, format: 'aac' });
    const scene = await Scene.open(stack, 'drops');
    await scene.answerTo('/radio', { station: site.radio.url('drops') });
    await scene.ear.hearsMusic(100);
    station.drop();
    await scene.untilSaid(/I lost .*Drops.* and am trying to reach it again/);
    const before = scene.ear.music.length;
    const music = await scene.ear.hearsMusic(before + 100);
    expect(longestGapMs(music)).toBeLessThan(4_000);
    expect(pitchHz(scene.ear.samples.subarray(-24_000), 48_000, [300, 1_000])).toBeCloseTo(660, 0);
    const { position, player_status } = await scene.state(stack);
    expect(player_status).toBe('playing');
    expect(position.position_ms).toBeGreaterThanOrEqual(before * 20);
    expect(said(scene)).not.toContain('could not reach');
    await scene.answerTo('/stop');
  });

  test('that is gone for good is given up after three tries, in plain words; the next track plays', async ({
    expect,
  }) => {
    const station = site.radio.add({ id: 'gone', name: 'Gone FM', format: 'ogg' });
    const scene = await Scene.open(stack, 'gone');
    await scene.answerTo('/radio', { station: site.radio.url('gone') });
    await scene.play(site.pageUrl('tone880'));
    await scene.ear.hearsMusic(50);
    const asked = station.asked;
    station.goOff();
    await scene.text.waitForMessage(
      (message) => /Skipped .*Gone FM.*three times I could not reach it again/.test(renderMessage(message)),
      { timeoutMs: 30_000 },
    );
    expect(station.asked - asked).toBe(3);
    expect(said(scene).match(/I lost .* and am trying/g)).toHaveLength(1);
    const before = scene.ear.music.length;
    await scene.ear.hearsMusic(before + 50);
    expect(pitchHz(scene.ear.samples.subarray(-24_000), 48_000, [300, 1_000])).toBeCloseTo(880, 0);
  });

  test('chosen while another one plays takes its place', async ({ expect }) => {
    site.radio.add({ id: 'first', name: 'First FM', hz: 500 });
    site.radio.add({ id: 'rock', name: 'Rock FM', hz: 700 });
    const scene = await Scene.open(stack, 'zapping');
    await scene.answerTo('/radio', { station: site.radio.url('first') });
    await scene.ear.hearsMusic(50);
    await scene.answerTo('/radio', { station: 'ROCK fm' });
    await scene.panel('Rock FM');
    await scene.ear.hearsMusic(scene.ear.music.length + 100);
    expect(pitchHz(scene.ear.samples.subarray(-24_000), 48_000, [300, 1_000])).toBeCloseTo(700, 0);
    await scene.answerTo('/stop');
  });

  test('paused and resumed goes on with what is on the air then', async ({ expect }) => {
    const station = site.radio.add({ id: 'paused', name: 'Paused FM', hz: 500 });
    const scene = await Scene.open(stack, 'paused');
    await scene.answerTo('/radio', { station: site.radio.url('paused') });
    await scene.ear.hearsMusic(50);
    await scene.answerTo('/pause');
    const served = station.served;
    await scene.answerTo('/resume');
    await scene.ear.hearsMusic(scene.ear.music.length + 50);
    expect(station.served).toBeGreaterThan(served);
    expect(station.listeners).toBe(1);
    await scene.answerTo('/stop');
  });
});

test.each([
  ['a .pls', 'inside.pls', 'audio/x-scpls', '[playlist]\nFile1=http://169.254.169.254/latest/\n'],
  ['an .m3u', 'inside.m3u', 'audio/x-mpegurl', '#EXTM3U\n#EXTINF:-1,Nice\nhttp://[::ffff:7f00:1]/\n'],
  ['an .asx', 'inside.asx', 'video/x-ms-asf', '<asx><ref href="http://2130706433/"/></asx>'],
])('%s that names an inside address is refused in plain words', async (_what, name, type, text) => {
  const scene = await Scene.open(stack, name);
  const list = site.radio.addList(name, type, text);
  expect(await scene.answerTo('/radio', { station: list })).toContain('I may not open this address');
});

test('a name that no station has is answered with what to do', async () => {
  const scene = await Scene.open(stack, 'unknown');
  expect(await scene.answerTo('/radio', { station: 'no such' })).toContain('I know no station of that name');
});
