import { PlayerError } from '@bandstand/protocol';
import {
  Counter,
  createMetrics,
  DURATION_BUCKETS,
  Histogram,
  type Registry,
  readNow,
} from '@bandstand/service-kit';

export interface Observed {
  readonly guilds: () => number;
  readonly isDiscordReady: () => boolean;
  readonly isPlayerUsable: () => boolean;
  /** Milliseconds of the gateway's last heartbeat; -1 before the first. */
  readonly gatewayPingMs: () => number;
}

/** The bot's figures for Prometheus. docs/operations.md lists them. */
export class BotMetrics {
  readonly registry: Registry;
  readonly #interactions: Histogram<'interaction' | 'outcome'>;
  readonly #snapshots: Counter<'reason'>;

  constructor(version: string, { guilds, isDiscordReady, isPlayerUsable, gatewayPingMs }: Observed) {
    const registry = createMetrics('bot', version);
    const registers = [registry];
    this.registry = registry;
    this.#interactions = new Histogram({
      name: 'bandstand_interaction_seconds',
      help: 'Commands and clicks by what became of them, until their last answer.',
      labelNames: ['interaction', 'outcome'],
      buckets: DURATION_BUCKETS,
      registers,
    });
    this.#snapshots = new Counter({
      name: 'bandstand_snapshots_total',
      help: 'Snapshots that were fetched, by what made them necessary; "sequence" and "heartbeat" are lost events.',
      labelNames: ['reason'],
      registers,
    });
    readNow(registry, 'bandstand_guilds', 'Servers the bot is in.', guilds);
    readNow(registry, 'bandstand_discord_ready', '1 while connected to the gateway.', () =>
      isDiscordReady() ? 1 : 0,
    );
    readNow(registry, 'bandstand_player_usable', '1 while commands reach the player.', () =>
      isPlayerUsable() ? 1 : 0,
    );
    readNow(
      registry,
      'bandstand_gateway_ping_seconds',
      'Round trip of the last gateway heartbeat; negative before the first.',
      () => gatewayPingMs() / 1_000,
    );
  }

  /** @param error - Why it was refused; `undefined` when it was carried out. */
  interactionDone(name: string, startedAtMs: number, error?: unknown): void {
    const seconds = (performance.now() - startedAtMs) / 1_000;
    this.#interactions.observe({ interaction: name, outcome: outcomeOf(error) }, seconds);
  }

  snapshotTaken(reason: string): void {
    this.#snapshots.inc({ reason });
  }
}

function outcomeOf(error: unknown): string {
  if (error === undefined) return 'ok';
  return error instanceof PlayerError ? error.code : 'INTERNAL';
}
