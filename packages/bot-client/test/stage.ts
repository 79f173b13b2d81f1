import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import {
  type DiscordSimulator,
  type SimulatorOptions,
  startDiscordSimulator,
} from '@bandstand/discord-simulator';
import { createLogger } from '@bandstand/service-kit';
import { expect } from 'vitest';
import { Bot } from '../src/bot.ts';
import { readConfig } from '../src/config.ts';
import type { PanelTiming } from '../src/now-playing/guild-panel.ts';
import { ScriptedPlayer } from './scripted-player.ts';

/** Quick enough for tests, in the order of the real ones. */
const TEST_TIMING: PanelTiming = { settleMs: 5, editMs: 30, progressMs: 150, retryMs: 50 };

export interface StageOptions {
  readonly discord?: SimulatorOptions;
  readonly panelTiming?: Partial<PanelTiming>;
  /** Variables besides the usual ones. */
  readonly env?: Readonly<Record<string, string>>;
}

/** A whole bot between a simulated Discord and a scripted player; everything else is real. */
export class Stage implements AsyncDisposable {
  readonly discord: DiscordSimulator;
  readonly dataDir: string;
  readonly logLines: string[] = [];
  player: ScriptedPlayer;
  #bot: Bot | undefined;
  readonly #options: StageOptions;

  static async build(options: StageOptions = {}): Promise<Stage> {
    const discord = await startDiscordSimulator(options.discord);
    const player = await ScriptedPlayer.start();
    const dataDir = await mkdtemp(join(tmpdir(), 'bandstand-stage-'));
    const stage = new Stage(options, discord, player, dataDir);
    await stage.startBot();
    return stage;
  }

  private constructor(
    options: StageOptions,
    discord: DiscordSimulator,
    player: ScriptedPlayer,
    dataDir: string,
  ) {
    this.#options = options;
    this.discord = discord;
    this.player = player;
    this.dataDir = dataDir;
  }

  get bot(): Bot {
    if (this.#bot === undefined) throw new Error('the bot is not running');
    return this.#bot;
  }

  /** The scripted player's side of the first guild. */
  get guild() {
    return this.player.guild(this.discord.guild().id);
  }

  get general() {
    return this.discord.guild().textChannel('general');
  }

  get lounge() {
    return this.discord.guild().voiceChannel('Lounge');
  }

  async startBot(env: Readonly<Record<string, string>> = {}): Promise<void> {
    this.#bot = await Bot.start({
      config: readConfig({
        BOT_TOKEN: this.discord.botToken,
        DISCORD_API_URL: this.discord.restUrl,
        PLAYER_COMMAND_ENDPOINT: this.player.commandEndpoint,
        PLAYER_EVENT_ENDPOINT: this.player.eventEndpoint,
        DATA_DIR: this.dataDir,
        BOT_HEALTH_PORT: '0',
        ...this.#options.env,
        ...env,
      }),
      log: createLogger({
        name: 'bot-client',
        level: 'debug',
        destination: { write: (line) => this.logLines.push(line) },
        secrets: [this.discord.botToken],
      }),
      onFatal: (error) => this.logLines.push(`fatal ${String(error)}`),
      panelTiming: { ...TEST_TIMING, ...this.#options.panelTiming },
    });
    await this.#inSync();
  }

  /** Ends the bot; unlike its process it also closes the gateway connection, which a test must not leave open. */
  async stopBot(): Promise<void> {
    const bot = this.#bot;
    if (bot === undefined) return;
    this.#bot = undefined;
    await bot.stop();
    await bot.client.destroy();
  }

  /** The player is away from now on; its addresses stay. */
  async killPlayer(): Promise<void> {
    await this.player.close();
  }

  /** Another start of the player in the same place. */
  async revivePlayer(): Promise<void> {
    const { commandEndpoint, eventEndpoint } = this.player;
    this.player = await ScriptedPlayer.start({ commandEndpoint, eventEndpoint });
  }

  /** @throws when the simulated Discord saw what Discord would not accept, or the bot logged an error. */
  assertClean(): void {
    this.discord.assertNothingUnexpected();
    expect(this.logLines.join('')).not.toContain(this.discord.botToken);
    expect(this.logLines.filter((line) => /"level":"(?:error|fatal)"|^fatal/.test(line))).toEqual([]);
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.stopBot();
    await this.player.close();
    await this.discord.close();
    await rm(this.dataDir, { recursive: true, force: true });
  }

  /** Until the bot hears the player and mirrors every guild. */
  async #inSync(): Promise<void> {
    await expect.poll(() => this.bot.link.isUsable, { timeout: 5_000 }).toBe(true);
    for (const guildId of this.bot.client.guilds.cache.keys())
      await expect
        .poll(() => this.bot.link.mirrorOf(guildId as never)?.snapshot ?? null, { timeout: 5_000 })
        .not.toBeNull();
  }
}
