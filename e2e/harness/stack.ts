import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { env } from 'node:process';
import {
  type DiscordSimulator,
  type SimulatorOptions,
  startDiscordSimulator,
} from '@bandstand/discord-simulator';
import { type MediaSite, startMediaSite } from '../media-site/media-site.ts';
import { Service } from './service.ts';

export interface StackOptions {
  readonly simulator?: SimulatorOptions;
  readonly player?: Readonly<Record<string, string>>;
  readonly bot?: Readonly<Record<string, string>>;
  /** One that is open already, and is closed by whoever opened it. */
  readonly site?: MediaSite;
}

/** The whole product on this machine: both services as processes, between a simulated Discord and a local music site. */
export class Stack implements AsyncDisposable {
  readonly discord: DiscordSimulator;
  readonly site: MediaSite;
  readonly player: Service;
  readonly bot: Service;
  /** Where the player takes commands. */
  readonly commandEndpoint: string;
  /** Where it publishes its events. */
  readonly eventEndpoint: string;
  /** The player's `DATA_DIR`. */
  readonly playerFolder: string;
  readonly #isTalkative: boolean;
  readonly #resources: AsyncDisposableStack;

  private constructor(
    parts: Omit<Stack, 'untilFollowed' | typeof Symbol.asyncDispose>,
    { player = {} }: StackOptions,
    resources: AsyncDisposableStack,
  ) {
    this.discord = parts.discord;
    this.site = parts.site;
    this.player = parts.player;
    this.bot = parts.bot;
    this.commandEndpoint = parts.commandEndpoint;
    this.eventEndpoint = parts.eventEndpoint;
    this.playerFolder = parts.playerFolder;
    this.#isTalkative = (player['LOG_LEVEL'] ?? 'debug') === 'debug';
    this.#resources = resources;
  }

  /** Resolves once a person could type `/play`. */
  static async start(options: StackOptions = {}): Promise<Stack> {
    await using opened = new AsyncDisposableStack();
    const folder = opened.adopt(await mkdtemp(join(tmpdir(), 'bandstand-e2e-')), (path) =>
      rm(path, { recursive: true, force: true }),
    );
    const caPath = join(folder, 'discord-ca.pem');
    const discord = opened.use(await startDiscordSimulator({ caPath, ...options.simulator }));
    const site = options.site ?? opened.use(await startMediaSite());
    const playerFolder = join(folder, 'player');
    const channel = {
      PLAYER_COMMAND_ENDPOINT: `ipc://${join(folder, 'commands')}`,
      PLAYER_EVENT_ENDPOINT: `ipc://${join(folder, 'events')}`,
      LOG_LEVEL: 'debug',
    };
    const player = opened.use(
      new Service({
        name: 'player',
        env: {
          ...channel,
          NODE_EXTRA_CA_CERTS: caPath,
          PLAYER_HEALTH_PORT: '0',
          DATA_DIR: playerFolder,
          YT_DLP_PATH: env['YT_DLP_PATH'] ?? 'yt-dlp',
          YT_DLP_PLUGIN_DIRS: site.pluginFolder,
          YT_DLP_SITES: `${site.extractors}@${new URL(site.origin).host}`,
          YT_DLP_SEARCH_KEY: site.searchKey,
          EGRESS_ALLOW: site.hosts.join(','),
          ...options.player,
        },
      }),
    );
    const bot = opened.use(
      new Service({
        name: 'bot',
        env: {
          ...channel,
          BOT_TOKEN: discord.botToken,
          DISCORD_API_URL: discord.restUrl,
          BOT_HEALTH_PORT: '0',
          DATA_DIR: join(folder, 'bot'),
          ...options.bot,
        },
      }),
    );
    await Promise.all([player.start(), bot.start()]);
    // Ready is each by itself; a command before they have met is refused in plain words.
    await bot.logs.waitFor((line) => line['msg'] === 'met the player');
    return new Stack(
      {
        discord,
        site,
        player,
        bot,
        commandEndpoint: options.player?.['PLAYER_COMMAND_ENDPOINT'] ?? channel.PLAYER_COMMAND_ENDPOINT,
        eventEndpoint: options.player?.['PLAYER_EVENT_ENDPOINT'] ?? channel.PLAYER_EVENT_ENDPOINT,
        playerFolder,
      },
      options,
      opened.move(),
    );
  }

  /**
   * Resolves once what the player tells of this guild reaches the bot. What it tells earlier is lost, as it would be for a
   * bot that is sent a command within the second in which it was invited. A player that logs less than `debug` does not say.
   */
  async untilFollowed({ id }: { readonly id: string }): Promise<void> {
    if (!this.#isTalkative) return;
    await this.player.logs.waitFor(
      (line) => line['guildId'] === id && line['msg'] === 'somebody follows the guild',
    );
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#resources.disposeAsync();
  }
}
