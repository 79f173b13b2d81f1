import { PlayerError } from '@bandstand/protocol';
import {
  Counter,
  countedElsewhere,
  createMetrics,
  DURATION_BUCKETS,
  Gauge,
  Histogram,
  type Registry,
  readNow,
} from '@bandstand/service-kit';
import type { AudioEngine } from '../audio/audio-engine.ts';
import type { ThreadLoad } from '../audio/thread/messages.ts';
import type { EventSink } from '../events/guild-events.ts';
import type { PlayerRegistry } from '../players/player-registry.ts';
import type { SourceRegistry } from '../sources/source-registry.ts';
import type { VoiceSessions } from '../voice/voice-sessions.ts';

export interface Observed {
  readonly players: Pick<PlayerRegistry, 'size' | 'playing'>;
  readonly voice: Pick<VoiceSessions, 'frames' | 'repairs'>;
  readonly sources: Pick<SourceRegistry, 'health'>;
  readonly store: { readonly available: boolean };
  readonly engine: Pick<AudioEngine, 'size' | 'loads'>;
}

/** The player's figures for Prometheus. docs/operations.md lists them. */
export class PlayerMetrics {
  readonly registry: Registry;
  readonly #commands: Histogram<'command' | 'outcome'>;
  readonly #requests: Histogram<'operation' | 'outcome'>;
  readonly #started: Counter;
  readonly #failures: Counter<'code' | 'next_step'>;

  constructor(version: string) {
    this.registry = createMetrics('player', version);
    const registers = [this.registry];
    this.#commands = new Histogram({
      name: 'bandstand_command_seconds',
      help: 'Commands by what became of them, from their arrival to the reply.',
      labelNames: ['command', 'outcome'],
      buckets: DURATION_BUCKETS,
      registers,
    });
    this.#requests = new Histogram({
      name: 'bandstand_source_seconds',
      help: 'Questions to the sources: load (what a query means), search, resolve (where the bytes are).',
      labelNames: ['operation', 'outcome'],
      buckets: DURATION_BUCKETS,
      registers,
    });
    this.#started = new Counter({
      name: 'bandstand_tracks_started_total',
      help: 'Entries whose first frame left.',
      registers,
    });
    this.#failures = new Counter({
      name: 'bandstand_failures_total',
      help: 'PLAYER_ERROR events by code and by what the player did about them.',
      labelNames: ['code', 'next_step'],
      registers,
    });
  }

  /** Reads what is counted elsewhere whenever somebody asks. */
  observe({ players, voice, sources, store, engine }: Observed): void {
    const { registry } = this;
    readNow(registry, 'bandstand_players', 'Guilds with a player here.', () => players.size);
    readNow(
      registry,
      'bandstand_players_playing',
      'Guilds whose frames are leaving now.',
      () => players.playing,
    );
    readNow(registry, 'bandstand_sites_in_trouble', 'Sites whose circuit breaker is not closed.', () => {
      return sources.health().filter(({ state }) => state !== 'closed').length;
    });
    readNow(registry, 'bandstand_store_available', '1 while the database takes changes.', () =>
      store.available ? 1 : 0,
    );
    readNow(registry, 'bandstand_playbacks', 'Tracks that are open: playing, paused or made ready.', () => {
      return engine.size;
    });
    this.#observeThreads(engine);
    countedElsewhere(
      registry,
      { name: 'bandstand_frames_total', help: 'Frames of 20 ms, over all guilds.', label: 'outcome' },
      () => ({ ...voice.frames }),
    );
    countedElsewhere(
      registry,
      {
        name: 'bandstand_voice_repairs_total',
        help: 'Voice sessions that were mended, by how.',
        label: 'repair',
      },
      () => ({ ...voice.repairs }),
    );
  }

  #observeThreads(engine: Pick<AudioEngine, 'loads'>): void {
    const perThread = (name: string, help: string, figureOf: (load: ThreadLoad) => number) =>
      new Gauge({
        name,
        help,
        labelNames: ['thread'],
        registers: [this.registry],
        collect() {
          for (const [thread, load] of engine.loads.entries()) this.set({ thread }, figureOf(load));
        },
      });
    perThread(
      'bandstand_audio_thread_utilization',
      'The share of the last second that an audio thread was busy, 0 to 1.',
      ({ utilization }) => utilization,
    );
    perThread(
      'bandstand_opus_complexity',
      'How hard an audio thread encodes, 0 to 10; less than OPUS_COMPLEXITY while it has too much to do.',
      ({ complexity }) => complexity,
    );
  }

  /** Passes the command's outcome on. */
  command<T>(action: string, work: () => Promise<T>): Promise<T> {
    return timed(this.#commands, (outcome) => ({ command: action, outcome }), work);
  }

  /** Passes the source's answer on. */
  request<T>(operation: string, work: () => Promise<T>): Promise<T> {
    return timed(this.#requests, (outcome) => ({ operation, outcome }), work);
  }

  /** Counts events on their way. */
  counting(sink: EventSink): EventSink {
    return {
      publish: (event) => {
        if (event.action === 'SONG_STARTED') this.#started.inc();
        if (event.action === 'PLAYER_ERROR')
          this.#failures.inc({ code: event.data.error_type, next_step: event.data.next_step });
        return sink.publish(event);
      },
    };
  }
}

async function timed<T, L extends string>(
  histogram: Histogram<L>,
  labelsOf: (outcome: string) => Record<L, string>,
  work: () => Promise<T>,
): Promise<T> {
  const startedAtMs = performance.now();
  let outcome = 'ok';
  try {
    return await work();
  } catch (error) {
    outcome = outcomeOf(error);
    throw error;
  } finally {
    histogram.observe(labelsOf(outcome), (performance.now() - startedAtMs) / 1_000);
  }
}

function outcomeOf(error: unknown): string {
  if (error instanceof PlayerError) return error.code;
  return error instanceof Error && error.name === 'AbortError' ? 'aborted' : 'INTERNAL';
}
