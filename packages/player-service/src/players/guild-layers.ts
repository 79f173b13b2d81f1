import {
  type CommandData,
  type EndReason,
  type Layer,
  LIMITS,
  PlayerError,
  type ReplyData,
  type RequestKey,
} from '@bandstand/protocol';
import type { Logger } from 'pino';
import type { LayerPlan } from '../audio/mixing/layer.ts';
import { PLAIN_SOUND, type SoundSettings } from '../audio/sound.ts';
import type { Clock } from '../clock.ts';
import type { Track } from '../sources/source.ts';
import type { ChangeScope } from './change-scope.ts';
import type { GuildAnnouncer } from './guild-announcer.ts';
import type { LayeredOutput } from './layered-output.ts';
import type { Playback, PlaybackLayer, TrackSources } from './ports.ts';
import type { TrackOpener } from './track-opener.ts';

export interface GuildLayersOptions {
  readonly sources: TrackSources;
  readonly opener: TrackOpener;
  readonly output: LayeredOutput;
  readonly share: string;
  readonly scope: ChangeScope;
  readonly announce: GuildAnnouncer;
  readonly clock: Clock;
  readonly log: Logger;
  /** Of the guild, in percent, and what the channel allows, now. */
  readonly volumePercent: () => number;
  readonly bitrateBps: () => number | undefined;
  /** Whether there is, or soon will be, a voice session to play into. */
  readonly isVoiceWanted: () => boolean;
  /** Takes what is only told to its turn. */
  readonly observed: (tell: () => void) => void;
  /** Something is asked for, … */
  readonly onBusy: () => void;
  /** … and nothing is over the music any more. */
  readonly onIdle: () => void;
}

type LayerRequest = CommandData<'PLAY_LAYER'>;

interface Held {
  readonly id: RequestKey;
  readonly data: LayerRequest;
  readonly abort: AbortController;
  /** Once it is open. */
  ready: { readonly playback: Playback; readonly layer: PlaybackLayer; readonly about: Layer } | undefined;
  /** Why it ends before its time. */
  reason: EndReason | undefined;
  isHeard: boolean;
  cancelLimit: (() => void) | undefined;
}

const DEFAULT_DUCK_DB = 12;
const MAX_VOLUME_PERCENT = 1_000;

/** What is heard over a guild's music, one layer at a time. Nothing of it is durable. */
export class GuildLayers {
  readonly #of: GuildLayersOptions;
  /** On the output. */
  #laid: Held | undefined;
  /** Being opened, or open and waiting for the one before to go. */
  #coming: Held | undefined;

  constructor(options: GuildLayersOptions) {
    this.#of = options;
  }

  get isIdle(): boolean {
    return this.#laid === undefined && this.#coming === undefined;
  }

  /** What is heard. */
  get current(): Layer | null {
    return (this.#laid?.isHeard === true && this.#laid.ready?.about) || null;
  }

  /**
   * Acknowledges at once; events tell the outcome.
   *
   * @throws PlayerError `NOT_IN_VOICE`, `LAYER_BUSY`
   */
  play(id: RequestKey, data: LayerRequest): ReplyData<'PLAY_LAYER'> {
    if (!this.#of.isVoiceWanted()) throw new PlayerError('NOT_IN_VOICE', 'a layer needs a voice session');
    const before = this.#coming ?? (this.#laid?.reason === undefined ? this.#laid : undefined);
    if (before?.data.mode === 'priority' && data.mode !== 'priority')
      throw new PlayerError('LAYER_BUSY', 'a layer with priority is on');
    this.#of.onBusy();
    this.#of.scope.afterCommit(() => this.#begin(id, data));
    return { layer_id: id };
  }

  /** @returns Whether there is such a layer. */
  stop(id: string | null): ReplyData<'STOP_LAYER'> {
    const targets = [this.#coming, this.#laid].filter(
      (held) => held !== undefined && held.reason === undefined && (id === null || held.id === id),
    );
    this.#of.scope.afterCommit(() => {
      for (const held of targets) if (held !== undefined) this.#end(held, 'stopped');
    });
    return { changed: targets.length > 0 };
  }

  /** Everything is over at once. */
  clear(reason: EndReason): void {
    if (this.#coming !== undefined) this.#end(this.#coming, reason);
    const laid = this.#laid;
    if (laid === undefined) return;
    laid.reason = reason;
    this.#of.output.clear();
    this.#over(laid);
  }

  /** As `clear`, without a word. */
  destroy(): void {
    for (const held of [this.#coming, this.#laid]) {
      held?.abort.abort();
      held?.cancelLimit?.();
      held?.ready?.playback.close();
    }
    this.#coming = undefined;
    this.#laid = undefined;
    this.#of.output.clear();
  }

  #begin(id: RequestKey, data: LayerRequest): void {
    if (this.#coming !== undefined) this.#end(this.#coming, 'replaced');
    const held: Held = {
      id,
      data,
      abort: new AbortController(),
      ready: undefined,
      reason: undefined,
      isHeard: false,
      cancelLimit: undefined,
    };
    this.#coming = held;
    void this.#open(held).then(
      () => this.#opened(held),
      (error: unknown) => this.#failed(held, error),
    );
  }

  async #open(held: Held): Promise<void> {
    const { sources, opener, share } = this.#of;
    const { data, abort } = held;
    const { signal } = abort;
    const loaded = await sources.load(data.query, { signal, share });
    if (loaded.type === 'empty') throw new PlayerError('NOTHING_FOUND', 'the query has no result');
    if (loaded.type === 'playlist')
      throw new PlayerError('LAYER_UNSUITABLE', 'the query leads to a playlist');
    const { track } = loaded;
    if (track.isLive || (track.durationMs ?? 0) > LIMITS.layerMs)
      throw new PlayerError('LAYER_UNSUITABLE', 'the track is too long or has no end');
    const tailMs = data.mode === 'crossfade' ? 0 : data.release_ms;
    const playback = await opener.open(track, { startAtMs: 0, sound: this.#sound(data), tailMs, signal });
    held.ready = { playback, layer: playback.layOver(planOf(data)), about: aboutOf(held, track) };
  }

  #sound({ volume_percent }: LayerRequest): SoundSettings {
    const { volumePercent, bitrateBps } = this.#of;
    const percent = (volumePercent() * volume_percent) / 100;
    return {
      ...PLAIN_SOUND,
      volumePercent: Math.min(MAX_VOLUME_PERCENT, percent),
      bitrateBps: bitrateBps(),
    };
  }

  #opened(held: Held): void {
    if (this.#coming !== held) held.ready?.playback.close();
    else if (this.#laid === undefined) this.#lay(held);
    else this.#end(this.#laid, 'replaced'); // and then this one follows
  }

  #failed(held: Held, error: unknown): void {
    if (this.#coming !== held) return; // ended meanwhile: its failure is nobody's news
    this.#coming = undefined;
    this.#tellFailure(held, error);
    this.#tellEnd(held, 'loadFailed');
  }

  #lay(held: Held): void {
    const { ready } = held;
    if (ready === undefined) return;
    const { output, announce, observed, clock } = this.#of;
    this.#coming = undefined;
    this.#laid = held;
    held.cancelLimit = clock.schedule(LIMITS.layerMs, () => ready.layer.stop());
    output.lay(ready.layer, {
      onStarted: () => {
        held.isHeard = true;
        observed(() => {
          announce.layerStarted(ready.about);
          announce.state();
        });
      },
      onOver: () => this.#over(held),
    });
  }

  #over(held: Held): void {
    const { ready } = held;
    if (this.#laid !== held || ready === undefined) return;
    this.#laid = undefined;
    held.cancelLimit?.();
    const { failure } = ready.playback;
    if (failure !== undefined) this.#tellFailure(held, failure);
    ready.playback.close();
    this.#tellEnd(held, held.reason ?? (failure === undefined ? 'finished' : 'loadFailed'));
    if (this.#coming !== undefined) this.#lay(this.#coming);
  }

  #end(held: Held, reason: EndReason): void {
    held.reason ??= reason;
    if (this.#laid === held) {
      held.ready?.layer.stop();
      return;
    }
    if (this.#coming === held) this.#coming = undefined;
    held.abort.abort(new PlayerError('REQUEST_CANCELLED', 'the layer was ended'));
    held.ready?.playback.close();
    this.#tellEnd(held, reason);
  }

  #tellFailure({ id }: Held, cause: unknown): void {
    const { announce, observed, log } = this.#of;
    const error =
      cause instanceof PlayerError ? cause : new PlayerError('INTERNAL', 'the layer failed', { cause });
    if (error.code === 'INTERNAL') log.error({ err: cause, layerId: id }, 'layer failed');
    else log.info({ err: error, layerId: id }, 'layer cannot be played');
    observed(() => announce.failed(error, { requestKey: id, nextStep: 'none' }));
  }

  #tellEnd({ id }: Held, reason: EndReason): void {
    const { announce, observed, onIdle } = this.#of;
    observed(() => {
      announce.layerEnded(id, reason);
      announce.state();
      if (this.isIdle) onIdle();
    });
  }
}

function planOf({ mode, duck_db = DEFAULT_DUCK_DB, attack_ms, release_ms }: LayerRequest): LayerPlan {
  return {
    bedGain: mode === 'overlay' ? 10 ** (-duck_db / 20) : 0,
    attackMs: attack_ms,
    releaseMs: release_ms,
    holdsBed: mode === 'replace' || mode === 'crossfade',
    fades: mode === 'crossfade',
  };
}

function aboutOf({ id, data }: Held, { title, durationMs }: Track): Layer {
  return {
    layer_id: id,
    mode: data.mode,
    title: title.slice(0, LIMITS.titleCharacters),
    duration: durationMs === undefined ? null : durationMs / 1_000,
  };
}
