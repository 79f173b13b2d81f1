import { copyFile, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env, pid } from 'node:process';
import { setTimeout as pause } from 'node:timers/promises';
import { PlayerClient } from '../../e2e/harness/player-client.ts';
import { Service } from '../../e2e/harness/service.ts';
import { type MediaSite, startMediaSite } from '../../e2e/media-site/media-site.ts';
import { type MediaFormat, type Sound, synthesize } from '../../e2e/media-site/synthesize.ts';
import { putAheadOfOthers } from '../../packages/player-service/bench/ahead-of-others.ts';
import type { Arrivals } from '../../packages/player-service/bench/send/arrival-sink.ts';
import { OtherSide } from '../../packages/player-service/bench/send/other-side-process.ts';
import { type ProcessUsage, usageOf } from './process-usage.ts';

const POLL_MS = 50;
const DEADLINE_MS = 60_000;
const TOGETHER = 8;

export interface RigOptions {
  /** Length of the files that are played. */
  readonly trackMs: number;
  /** Variables of the player beside the usual. */
  readonly player?: Readonly<Record<string, string>>;
}

/** 20 ms frames of a guild since its voice session began: due = sent + missing + silence. */
export interface FrameCounts {
  readonly due: number;
  readonly sent: number;
  readonly late: number;
  readonly missing: number;
}

/** A guild on the rig. */
export interface RigGuild {
  readonly id: string;
}

/** The player service as it is shipped, its commands sent by the benchmark, its voice counted and heard by nobody. */
export class PlayerRig implements AsyncDisposable {
  readonly client: PlayerClient;
  readonly site: MediaSite;
  readonly #player: Service;
  readonly #otherSide: OtherSide;
  readonly #folder: string;
  readonly #trackMs: number;
  readonly #resources: AsyncDisposableStack;
  #guilds = 0;

  static async start({ trackMs, player = {} }: RigOptions): Promise<PlayerRig> {
    await using opened = new AsyncDisposableStack();
    const folder = opened.adopt(await mkdtemp(join(tmpdir(), 'bandstand-bench-')), (path) =>
      rm(path, { recursive: true, force: true }),
    );
    const otherSide = opened.use(await OtherSide.open());
    const caPath = join(folder, 'ca.pem');
    await writeFile(caPath, otherSide.caPem);
    const site = opened.use(await startMediaSite());
    const commandEndpoint = `ipc://${join(folder, 'commands')}`;
    const service = opened.use(
      new Service({
        name: 'player',
        env: {
          PLAYER_COMMAND_ENDPOINT: commandEndpoint,
          PLAYER_EVENT_ENDPOINT: `ipc://${join(folder, 'events')}`,
          PLAYER_HEALTH_PORT: '0',
          LOG_LEVEL: 'info',
          NODE_EXTRA_CA_CERTS: caPath,
          DATA_DIR: join(folder, 'data'),
          MUSIC_ROOT: folder,
          YT_DLP_PATH: env['YT_DLP_PATH'] ?? 'yt-dlp',
          ALONE_LEAVE_SECONDS: 'never',
          IDLE_LEAVE_SECONDS: 'never',
          LOUDNESS_JOBS: '0',
          ...site.environment,
          ...player,
        },
      }),
    );
    await service.start();
    putAheadOfOthers(service.pid);
    putAheadOfOthers(pid); // who asks has to be there when the answer comes, however busy the player's programs are
    const client = opened.use(new PlayerClient(commandEndpoint));
    return new PlayerRig({
      client,
      site,
      player: service,
      otherSide,
      folder,
      trackMs,
      opened: opened.move(),
    });
  }

  private constructor(parts: {
    readonly client: PlayerClient;
    readonly site: MediaSite;
    readonly player: Service;
    readonly otherSide: OtherSide;
    readonly folder: string;
    readonly trackMs: number;
    readonly opened: AsyncDisposableStack;
  }) {
    this.client = parts.client;
    this.site = parts.site;
    this.#player = parts.player;
    this.#otherSide = parts.otherSide;
    this.#folder = parts.folder;
    this.#trackMs = parts.trackMs;
    this.#resources = parts.opened;
  }

  get usage(): ProcessUsage {
    return usageOf(this.#player.pid);
  }

  /** Puts a file where the player finds it. @returns the query that asks for it. */
  async addFile(format: MediaFormat, sound: Sound = { type: 'tone', hz: 440 }): Promise<string> {
    const name = `bench.${format}`;
    const path = await synthesize({ sound, durationMs: this.#trackMs, title: 'bench', format });
    await copyFile(path, join(this.#folder, name));
    return name;
  }

  /** So many more guilds, each in a voice channel where nobody else is. */
  async joinGuilds(count: number): Promise<RigGuild[]> {
    const guilds = Array.from({ length: count }, () => ({
      id: `${10n ** 17n + BigInt(this.#guilds++)}`,
    }));
    await inTurn(guilds, (guild) => this.#join(guild));
    return guilds;
  }

  /** Resolves once frames leave in all of them. */
  async play(guilds: readonly RigGuild[], query: string): Promise<void> {
    await inTurn(guilds, (guild) => this.client.request('ADD_TO_QUEUE', guild, { query }));
    await inTurn(guilds, (guild) => this.#until(guild, ({ frames }) => frames.sent > 0));
  }

  async frames(guild: RigGuild): Promise<FrameCounts> {
    return (await this.client.request('GET_STATE', guild, { queue_limit: 0 })).frames;
  }

  /** Of the encoders of the busiest audio thread: less than configured when it has too much to do. */
  async complexity(): Promise<number> {
    const ready = await this.#player.logs.waitFor((line) => line['msg'] === 'player ready', {
      deadlineMs: DEADLINE_MS,
    });
    const response = await fetch(`http://127.0.0.1:${ready['health']}/metrics`);
    const values = Array.from(
      (await response.text()).matchAll(/^bandstand_opus_complexity\S* (\d+)$/gm),
      ([, value]) => Number(value),
    );
    return Math.min(...values);
  }

  /** What arrived and what the player used while something was done. */
  async during(
    what: () => Promise<unknown>,
  ): Promise<Arrivals & { readonly cpuUs: number; readonly elapsedMs: number }> {
    this.#otherSide.count();
    const before = this.usage;
    const startedAtMs = performance.now();
    await what();
    const { cpuUs } = this.usage;
    const elapsedMs = performance.now() - startedAtMs;
    return { ...(await this.#otherSide.arrivals()), cpuUs: cpuUs - before.cpuUs, elapsedMs };
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }

  /** Credentials come along without being asked for: asking is limited to what Discord's gateway bears. */
  async #join(guild: RigGuild): Promise<void> {
    const { id } = guild;
    await this.client.request('CONNECT', guild, { channel_id: id });
    const { token, endpoint } = await this.#otherSide.allocate(id, false);
    const state = { user_id: id, channel_id: id, session_id: 'bench' };
    await this.client.request('VOICE_STATE_UPDATE', guild, state);
    await this.client.request('VOICE_SERVER_UPDATE', guild, { token, endpoint });
    await this.#until(guild, ({ voice_status }) => voice_status === 'ready');
  }

  async #until(
    guild: RigGuild,
    isSo: (state: { readonly frames: FrameCounts; readonly voice_status: string }) => boolean,
  ): Promise<void> {
    const deadlineAtMs = performance.now() + DEADLINE_MS;
    while (!isSo(await this.client.request('GET_STATE', guild, { queue_limit: 0 }))) {
      if (performance.now() > deadlineAtMs) throw new Error(`guild ${guild.id} does not get there`);
      await pause(POLL_MS);
    }
  }
}

/** A few at a time. */
async function inTurn<T>(items: readonly T[], act: (item: T) => Promise<unknown>): Promise<void> {
  let next = 0;
  const work = async () => {
    for (let item = items[next++]; item !== undefined; item = items[next++]) await act(item);
  };
  await Promise.all(Array.from({ length: TOGETHER }, work));
}
