import { join } from 'node:path';
import { PlayerLink } from '@bandstand/bot-client';
import { type GuildSnapshot, guildIdSchema } from '@bandstand/protocol';
import { createLogger } from '@bandstand/service-kit';
import SqliteDriver from 'better-sqlite3';
import { LossyEvents } from '../../harness/lossy-events.ts';
import { PlayerClient } from '../../harness/player-client.ts';
import { Scene } from '../../harness/scene.ts';
import { Stack } from '../../harness/stack.ts';
import type { ChaosCase } from '../chaos-case.ts';
import { settled } from '../settled.ts';

const CLIENTS = 16;
const EVENT_LOSS = 0.01;
const ASK_AGAIN_MS = 20;

interface Added {
  readonly tracks: number;
  readonly failed: number;
  readonly latenciesMs: readonly number[];
}

/**
 * Clients add tracks, repeating each request under its key until it is acknowledged, while the player is killed at random and
 * events get lost. In the end the queues, the bot's mirrors and the database must hold each track once.
 */
function killedWhileAdding(id: string, requests: number, kills: number, isFast: boolean): ChaosCase {
  return {
    id,
    injected: `${requests} tracks added by ${CLIENTS} clients, player killed ${kills} times, ${EVENT_LOSS * 100} % of events lost`,
    isFast,
    deadlineMs: 60_000 + kills * 8_000 + requests * 30,
    run: async ({ judge, random }) => {
      const stack = judge(
        await Stack.start({
          player: { QUEUE_LIMIT: '50000', QUEUE_LIMIT_PER_USER: '50000', LOG_LEVEL: 'info' },
          bot: { LOG_LEVEL: 'info' },
        }),
      );
      const scenes = await Promise.all(
        Array.from({ length: CLIENTS }, (_, index) => Scene.open(stack, `client ${index}`)),
      );
      const lossyEndpoint = `${stack.eventEndpoint}-lossy`;
      await using relay = await LossyEvents.between(stack.eventEndpoint, lossyEndpoint, EVENT_LOSS, random);
      using mirrors = new Mirrors(stack.commandEndpoint, lossyEndpoint, scenes);

      const progress = { isOver: false };
      const adding = scenes.map((scene, index) =>
        addMany(stack, scene, index, (number) => !progress.isOver || number < requests / CLIENTS),
      );
      for (let kill = 0; kill < kills; kill++) {
        await new Promise((resolve) => setTimeout(resolve, 500 + random() * 1_500));
        await stack.player.kill();
        await stack.player.start();
      }
      progress.isOver = true;
      const added = await Promise.all(adding);

      const tracks = added.map((one) => one.tracks);
      const states = await Promise.all(
        scenes.map((scene, index) => stateWith(stack, scene, tracks[index] ?? 0)),
      );
      const wrongQueues = states.filter((state, index) => state.queue_length !== tracks[index]).length;
      const wrongMirrors = await mirrors.countDifferent(states);
      await stack.player.stop();
      const stored = storedTracks(stack.playerFolder);
      await stack.player.start(); // the common invariants look at a player that runs
      const wrongRows = scenes.filter(({ guild }, index) => stored.get(guild.id) !== tracks[index]).length;

      const total = tracks.reduce((sum, own) => sum + own, 0);
      const failed = added.reduce((sum, one) => sum + one.failed, 0);
      const latencies = added.flatMap((one) => one.latenciesMs).sort((a, b) => a - b);
      const p99 = latencies[Math.floor(latencies.length * 0.99)] ?? Number.NaN;
      return {
        observed: `${total} added, ${failed} failed; differing from what was acknowledged: ${wrongQueues} queues, ${wrongMirrors} mirrors, ${wrongRows} in the database; ${relay.counts.lost} of ${relay.counts.relayed + relay.counts.lost} events lost; p99 ${Math.round(p99)} ms, restarts included`,
        passed: failed === 0 && total >= requests && wrongQueues + wrongMirrors + wrongRows === 0,
      };
    },
  };
}

/** What the bot would know of the guilds, from events that get lost and the snapshots that make up for them. */
class Mirrors implements Disposable {
  readonly #link: PlayerLink;
  readonly #scenes: readonly Scene[];

  constructor(commandEndpoint: string, eventEndpoint: string, scenes: readonly Scene[]) {
    this.#scenes = scenes;
    this.#link = new PlayerLink({
      commandEndpoint,
      eventEndpoint,
      security: { mechanism: 'none', allowInsecure: false },
      clientVersion: '0',
      log: createLogger({ name: 'mirrors', level: 'silent' }),
    });
    for (const { guild } of scenes) this.#link.follow(guildIdSchema.parse(guild.id));
  }

  /** How many still differ from what the player told itself, once they had time to settle. */
  async countDifferent(states: readonly GuildSnapshot[]): Promise<number> {
    const differing = () =>
      this.#scenes.filter(({ guild }, index) => {
        const snapshot = this.#link.mirrorOf(guildIdSchema.parse(guild.id))?.snapshot;
        return snapshot == null || shape(snapshot) !== shape(states[index] as GuildSnapshot);
      }).length;
    return settled(differing, (count) => count === 0);
  }

  [Symbol.dispose](): void {
    this.#link.close();
  }
}

function shape({ queue_length, queue, current_song, volume_percent, revision }: GuildSnapshot): string {
  const ids = queue.map(({ entry_id }) => entry_id);
  return JSON.stringify([queue_length, ids, current_song?.entry_id ?? null, volume_percent, revision]);
}

async function addMany(
  stack: Stack,
  scene: Scene,
  client: number,
  goesOn: (number: number) => boolean,
): Promise<Added> {
  using player = new PlayerClient(stack.commandEndpoint);
  const query = stack.site.pageUrl('short');
  const latenciesMs: number[] = [];
  let tracks = 0;
  let failed = 0;
  for (let number = 0; goesOn(number); number++) {
    const startedAtMs = performance.now();
    if (await addedOnce(player, scene, query, `adding:${client}:${number}`)) tracks++;
    else failed++;
    latenciesMs.push(performance.now() - startedAtMs);
  }
  return { tracks, failed, latenciesMs };
}

/** Repeats until it is acknowledged, and then until its outcome is known. @returns Whether it added a track. */
async function addedOnce(client: PlayerClient, scene: Scene, query: string, key: string): Promise<boolean> {
  for (;;) {
    try {
      await client.request('ADD_TO_QUEUE', scene.guild, { query }, key);
      const { request } = await client.request('GET_STATE', scene.guild, { request_key: key as never });
      if (request?.state === 'added') return true;
      if (request?.state === 'failed') return false;
    } catch {
      // no player at the moment
    }
    await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MS));
  }
}

function stateWith(stack: Stack, scene: Scene, tracks: number): Promise<GuildSnapshot> {
  return settled(
    () => scene.state(stack),
    (state) => state.queue_length === tracks,
  );
}

/** Entries of each guild in the file of a player that has ended. */
function storedTracks(folder: string): ReadonlyMap<string, number> {
  const file = new SqliteDriver(join(folder, 'player.sqlite'), { readonly: true });
  try {
    const rows = file
      .prepare('select guild_id as guild, count(*) as entries from player_entries group by guild_id')
      .all() as { guild: string; entries: number }[];
    return new Map(rows.map(({ guild, entries }) => [guild, entries]));
  } finally {
    file.close();
  }
}

export const killedFewTimes = killedWhileAdding('F1a', 200, 5, true);
export const killedManyTimes = killedWhileAdding('F1b', 20_000, 82, false);
