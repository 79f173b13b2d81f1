import {
  type ChannelId,
  type EntryId,
  type GuildId,
  type GuildSnapshot,
  PlayerError,
  type ReplyData,
} from '@bandstand/protocol';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { GuildEvents } from '../events/guild-events.ts';
import type { StoredAddition, StoredGuild, StoredPosition } from '../store/stored-guild.ts';
import { type Attempt, ChangeScope } from './change-scope.ts';
import { GuildAnnouncer } from './guild-announcer.ts';
import { GuildLayers } from './guild-layers.ts';
import { GuildQueue, type QueueLimits } from './guild-queue.ts';
import { type GuildChannels, GuildRecord } from './guild-record.ts';
import { NEUTRAL_SOUND } from './guild-sound.ts';
import { GuildUpdates } from './guild-updates.ts';
import { LayeredOutput } from './layered-output.ts';
import { PlaybackCommands } from './playback-commands.ts';
import type { GuildTurns, TrackSources, VoiceLink } from './ports.ts';
import { Prefetch } from './prefetch.ts';
import { QueueCommands } from './queue-commands.ts';
import type { QueueEntry } from './queue-entry.ts';
import { QueueRequests } from './queue-requests.ts';
import { QueueRunner } from './queue-runner.ts';
import { SoundCommands } from './sound-commands.ts';
import { TrackDeck } from './track-deck.ts';
import type { TrackOpener } from './track-opener.ts';
import { TrackPlayer } from './track-player.ts';
import { type LoudnessOf, TrackSounds } from './track-sounds.ts';
import { VoiceCommands } from './voice-commands.ts';
import { VoicePresence } from './voice-presence.ts';

export interface GuildPlayerSettings {
  readonly queue: QueueLimits;
  readonly playlistEntries: number;
  /** Requests being resolved at the same time. */
  readonly pendingRequests: number;
  /** Milliseconds with nothing to play before the player leaves; `null` = it stays. */
  readonly idleLeaveMs: number | null;
  /** Milliseconds with nobody else in the channel before the player leaves; `null` = it stays. */
  readonly aloneLeaveMs: number | null;
  readonly prefetchMs: number;
  /** The loudness that tracks are brought to where the guild wants that. */
  readonly targetLufs: number;
  readonly failuresInARow: number;
  /** Bits per second of what has to be encoded, even where the channel allows more. */
  readonly maxBitrateBps: number;
}

export interface GuildPlayerOptions {
  readonly guildId: GuildId;
  readonly link: VoiceLink;
  readonly events: GuildEvents;
  readonly sources: TrackSources;
  readonly opener: TrackOpener;
  readonly loudness: LoudnessOf;
  readonly clock: Clock;
  readonly settings: GuildPlayerSettings;
  readonly log: Logger;
  readonly newEntryId: () => EntryId;
  readonly turns: GuildTurns;
}

/** A track that broke off is opened again so often in a row; this much played forgives. */
const RECOVERY = { recoveries: 2, healthyMs: 10_000 };

/** Everything for one guild: the one place that joins queue, track and voice session. Commands come one at a time. */
export class GuildPlayer {
  readonly playback: PlaybackCommands;
  readonly queue: QueueCommands;
  readonly sound: SoundCommands;
  readonly voice: VoiceCommands;
  readonly layers: GuildLayers;
  readonly #options: GuildPlayerOptions;
  readonly #queue: GuildQueue;
  readonly #trackPlayer: TrackPlayer;
  readonly #scope = new ChangeScope();
  readonly #deck: TrackDeck;
  readonly #announce: GuildAnnouncer;
  readonly #runner: QueueRunner;
  readonly #requests: QueueRequests;
  readonly #presence: VoicePresence;
  readonly #updates: GuildUpdates;
  readonly #channels: GuildChannels = { text: null, voice: null };
  readonly #record: GuildRecord;
  #destroyed = false;

  constructor(options: GuildPlayerOptions) {
    const { link, opener, sources, clock, log, settings } = options;
    this.#options = options;
    this.#queue = new GuildQueue(settings.queue);
    const { targetLufs } = settings;
    const sounds = new TrackSounds({ loudness: options.loudness, targetLufs, share: options.guildId, clock });
    const prefetch = new Prefetch(opener, sounds);
    const output = new LayeredOutput(link);
    this.#trackPlayer = new TrackPlayer({ opener, prefetch, sounds, output, clock, ...RECOVERY });
    this.#deck = new TrackDeck(this.#trackPlayer, this.#scope);
    this.#announce = new GuildAnnouncer(options.events, {
      queue: this.#queue,
      trackPlayer: this.#trackPlayer,
      deck: this.#deck,
      link,
      clock,
      textChannelId: () => this.#channels.text,
      gatewayRequest: () => this.#presence.gatewayRequest,
      mutedBy: () => this.#presence.mutedBy,
      layer: () => this.layers.current,
    });
    this.layers = new GuildLayers({
      sources,
      opener,
      output,
      share: options.guildId,
      scope: this.#scope,
      announce: this.#announce,
      clock,
      log,
      volumePercent: () => this.#deck.sound.volumePercent,
      bitrateBps: () => sounds.bitrateBps,
      isVoiceWanted: () => this.#presence.isWanted,
      observed: (tell) => this.#observed(tell),
      onBusy: () => this.#presence.stayAwake(),
      onIdle: () => this.#presence.checkIdle(),
    });
    this.#trackPlayer.on('started', (entry, positionMs) => {
      this.#observed(() => {
        if (this.#queue.current !== entry) return;
        this.#announce.songStarted(entry, positionMs, this.#channels.text);
        this.#announce.state();
      });
    });
    this.#trackPlayer.on('title', (entry, title) => {
      this.#observed(() => {
        if (this.#queue.current === entry) this.#announce.streamTitle(entry, title);
      });
    });
    this.#runner = new QueueRunner({
      queue: this.#queue,
      trackPlayer: this.#trackPlayer,
      deck: this.#deck,
      prefetch,
      announce: this.#announce,
      clock,
      log,
      prefetchMs: settings.prefetchMs,
      failuresInARow: settings.failuresInARow,
      happened: (apply) => this.#happened(apply),
      observed: (tell) => this.#observed(tell),
      mayBegin: () => !this.#destroyed && this.#presence.isWanted,
      onQueueChange: () => this.#updates.movedOn(),
      onRunOut: () => this.#updates.becameIdle(),
      onGiveUp: () => {
        this.#announce.stopped('stopped');
        this.#updates.becameIdle();
      },
    });
    this.#requests = new QueueRequests({
      sources,
      share: options.guildId,
      log,
      limit: settings.pendingRequests,
      playlistEntries: settings.playlistEntries,
      scope: this.#scope,
      happened: (apply) => options.turns.happened(apply),
      enqueue: (track, request) => this.queue.enqueue(track, request),
      onAdded: (outcome) => this.#updates.queueChanged(outcome),
      onFailed: (requestKey, error) => {
        if (!this.#destroyed) this.#announce.failed(error, { requestKey, nextStep: 'none' });
      },
      onSettled: () => this.#presence.checkIdle(),
    });
    this.#record = new GuildRecord({
      guildId: options.guildId,
      queue: this.#queue,
      runner: this.#runner,
      deck: this.#deck,
      requests: this.#requests,
      events: options.events,
      channels: this.#channels,
      scope: this.#scope,
      clock,
    });
    this.#presence = new VoicePresence({
      link,
      channels: this.#channels,
      scope: this.#scope,
      clock,
      idleLeaveMs: settings.idleLeaveMs,
      aloneLeaveMs: settings.aloneLeaveMs,
      hasNothingToDo: () =>
        !this.#destroyed &&
        this.#queue.current === undefined &&
        this.#requests.pending === 0 &&
        this.layers.isIdle,
      onChange: () => {
        if (!this.#presence.isWanted) this.layers.clear('stopped');
        this.voice.changed();
      },
      onDeparture: (reason, error) => this.voice.depart(reason, error),
      onBitrate: (bitrateBps) => {
        sounds.bitrateBps = Math.min(bitrateBps, settings.maxBitrateBps);
      },
      happened: (apply) => this.#happened(apply),
    });
    this.#updates = new GuildUpdates({
      events: options.events,
      announce: this.#announce,
      runner: this.#runner,
      presence: this.#presence,
    });
    this.playback = new PlaybackCommands({
      queue: this.#queue,
      runner: this.#runner,
      deck: this.#deck,
      updates: this.#updates,
    });
    this.queue = new QueueCommands({
      queue: this.#queue,
      runner: this.#runner,
      requests: this.#requests,
      presence: this.#presence,
      channels: this.#channels,
      announce: this.#announce,
      updates: this.#updates,
      newEntryId: options.newEntryId,
    });
    this.sound = new SoundCommands({ deck: this.#deck, updates: this.#updates });
    this.voice = new VoiceCommands({
      presence: this.#presence,
      channels: this.#channels,
      runner: this.#runner,
      announce: this.#announce,
      updates: this.#updates,
      clock,
      log,
      observed: (tell) => this.#observed(tell),
    });
  }

  get guildId(): GuildId {
    return this.#options.guildId;
  }

  get voiceChannelId(): ChannelId | null {
    return this.#channels.voice;
  }

  get position(): StoredPosition {
    return this.#record.position;
  }

  /** Everything that outlives the process. */
  get stored(): StoredGuild {
    return this.#record.stored;
  }

  /** A command's change, in memory: heard and told only by `commit`. @throws what the change throws; nothing was changed. */
  attempt<T>(change: () => T): Attempt & { readonly result: T } {
    const attempt = this.#record.attempt(change);
    const undo = () => {
      attempt.undo();
      this.#presence.checkIdle();
    };
    return { ...attempt, undo };
  }

  changedAdditions(): { readonly additions: readonly StoredAddition[]; readonly accept: () => void } {
    return this.#requests.changedAdditions();
  }

  /**
   * Takes over what an earlier process left. Only as the first thing.
   *
   * @param resume - Go back into the channel and on with the music; else all is kept, and told once somebody asks.
   */
  restore(stored: StoredGuild<QueueEntry>, additions: readonly StoredAddition[], resume: boolean): void {
    this.#record.restore(stored, additions);
    if (stored.voiceChannelId !== null) this.voice.restore(stored.voiceChannelId, resume);
  }

  /** @throws {@link PlayerError} `PLAYER_SHUTTING_DOWN` */
  throwIfDestroyed(): void {
    if (this.#destroyed) throw new PlayerError('PLAYER_SHUTTING_DOWN', 'the player is stopping');
  }

  get isPlaying(): boolean {
    return this.#trackPlayer.audible && this.#presence.isHeard;
  }

  get events(): GuildEvents {
    return this.#options.events;
  }

  reset(): ReplyData<'RESET_PLAYER'> {
    this.#requests.cancelAll();
    this.#runner.endCurrent('cleanup');
    this.#scope.afterCommit(() => this.layers.clear('cleanup'));
    this.#queue.reset();
    this.#deck.setSound(NEUTRAL_SOUND);
    this.#presence.leave();
    this.#updates.queueChanged();
    this.#announce.stopped('reset');
    this.#announce.state();
    return { changed: true };
  }

  snapshot(queueOffset: number, queueLimit: number): GuildSnapshot {
    return this.#announce.snapshot(queueOffset, queueLimit);
  }

  destroy(): void {
    if (this.#destroyed) return;
    this.#destroyed = true;
    this.#requests.close();
    this.#runner.close();
    this.layers.destroy();
    this.#trackPlayer.destroy();
    this.#presence.destroy();
  }

  /** Takes what happened by itself to its turn. */
  #happened(apply: () => void): void {
    this.#options.turns.happened(apply).catch((error: unknown) => this.#failedInTurn(error));
  }

  #observed(tell: () => void): void {
    this.#options.turns.observed(tell).catch((error: unknown) => this.#failedInTurn(error));
  }

  #failedInTurn(error: unknown): void {
    if (!this.#destroyed) this.#options.log.error({ err: error }, 'a change of the guild failed');
  }
}
