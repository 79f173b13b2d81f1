import {
  type ChannelId,
  type CommandData,
  type EndReason,
  type EntryId,
  type GuildSnapshot,
  PlayerError,
  type ReplyData,
  type RequestKey,
  type RequestOutcome,
  type StopReason,
} from '@bandstand/protocol';
import type { Logger } from 'pino';
import type { Clock } from '../clock.ts';
import type { GuildEvents } from '../events/guild-events.ts';
import type { Track } from '../sources/source.ts';
import { type AddProgress, AddRequest } from './add-request.ts';
import { DepartureTimer } from './departure-timer.ts';
import { GuildAnnouncer } from './guild-announcer.ts';
import { GuildQueue, type QueueLimits } from './guild-queue.ts';
import type { TrackSources, VoiceLink, VoiceServerData, VoiceStateData } from './ports.ts';
import { Prefetch } from './prefetch.ts';
import { type QueueEntry, songOf } from './queue-entry.ts';
import { RequestOutcomes } from './request-outcomes.ts';
import type { TrackOpener } from './track-opener.ts';
import { TrackPlayer } from './track-player.ts';

export interface GuildPlayerSettings {
  readonly queue: QueueLimits;
  readonly playlistEntries: number;
  /** Requests being resolved at the same time. */
  readonly pendingRequests: number;
  /** Milliseconds with nothing to play before the player leaves; `null` = it stays. */
  readonly idleLeaveMs: number | null;
  /** Milliseconds with nobody else in the channel before the player leaves; `null` = it stays. */
  readonly aloneLeaveMs: number | null;
  /** The first frames of what follows are made ready when the current track has this much left. */
  readonly prefetchMs: number;
  /** Tracks in a row that cannot be played before the player stops trying. */
  readonly failuresInARow: number;
}

export interface GuildPlayerOptions {
  readonly link: VoiceLink;
  readonly events: GuildEvents;
  readonly sources: TrackSources;
  readonly opener: TrackOpener;
  readonly clock: Clock;
  readonly settings: GuildPlayerSettings;
  readonly log: Logger;
  readonly newEntryId: () => EntryId;
}

/** How often the end of a track is looked for, to prepare the next. */
const PREFETCH_CHECK_MS = 1_000;

/** Everything for one guild: the one place that joins queue, track and voice session. Methods are called one at a time. */
export class GuildPlayer {
  readonly #options: GuildPlayerOptions;
  readonly #link: VoiceLink;
  readonly #queue: GuildQueue;
  readonly #prefetch: Prefetch;
  readonly #trackPlayer: TrackPlayer;
  readonly #announce: GuildAnnouncer;
  readonly #outcomes = new RequestOutcomes({ max: 1_000, ttlMs: 24 * 3_600_000 });
  readonly #pending = new Set<AddRequest>();
  readonly #idleTimer: DepartureTimer;
  readonly #aloneTimer: DepartureTimer;
  #textChannelId: ChannelId | null = null;
  #lastTicket = 0;
  #failures = 0;
  /** Where the entry that was put back into the queue goes on. */
  #shelved: { readonly entryId: EntryId; readonly positionMs: number } | undefined;
  #cancelPrefetchCheck: (() => void) | undefined;
  #destroyed = false;

  constructor(options: GuildPlayerOptions) {
    const { link, opener, clock, settings } = options;
    this.#options = options;
    this.#link = link;
    this.#queue = new GuildQueue(settings.queue);
    this.#prefetch = new Prefetch(opener);
    this.#trackPlayer = new TrackPlayer({
      opener,
      prefetch: this.#prefetch,
      output: link,
      recoveries: 2,
      healthyMs: 10_000,
    });
    this.#announce = new GuildAnnouncer(options.events, {
      queue: this.#queue,
      trackPlayer: this.#trackPlayer,
      link,
      clock,
      textChannelId: () => this.#textChannelId,
    });
    this.#idleTimer = new DepartureTimer(clock, settings.idleLeaveMs, () => this.#leave('idle'));
    this.#aloneTimer = new DepartureTimer(clock, settings.aloneLeaveMs, () => this.#leave('alone'));
    this.#listen();
  }

  get isPlaying(): boolean {
    return this.#trackPlayer.audible && this.#link.status === 'ready';
  }

  get events(): GuildEvents {
    return this.#options.events;
  }

  connect(data: CommandData<'CONNECT'>): ReplyData<'CONNECT'> {
    if (data.text_channel_id != null) this.#textChannelId = data.text_channel_id;
    const changed = this.#link.channelId !== data.channel_id || this.#link.status === 'failed';
    if (changed) this.#link.join(data.channel_id);
    if (data.session_id != null && data.user_id != null && data.token != null) {
      this.#link.handleVoiceState({
        channel_id: data.channel_id,
        session_id: data.session_id,
        user_id: data.user_id,
        self_mute: false,
        self_deaf: true,
        mute: false,
        deaf: false,
        suppress: false,
      });
      this.#link.handleVoiceServer({ token: data.token, endpoint: data.endpoint ?? null });
    }
    return { changed };
  }

  handleVoiceState(data: VoiceStateData): void {
    this.#link.handleVoiceState(data);
  }

  handleVoiceServer(data: VoiceServerData): void {
    this.#link.handleVoiceServer(data);
  }

  disconnect(): ReplyData<'DISCONNECT'> {
    if (this.#link.channelId === null) return { changed: false };
    this.#leave('disconnected');
    return { changed: true };
  }

  /** Acknowledges at once; the outcome is told by event and kept for `outcomeOf`. */
  add(key: RequestKey, data: CommandData<'ADD_TO_QUEUE'>): RequestOutcome {
    if (this.#pending.size >= this.#options.settings.pendingRequests) {
      throw new PlayerError('PLAYER_BUSY', 'too many requests of this guild are being resolved');
    }
    if (data.text_channel_id != null) this.#textChannelId = data.text_channel_id;
    const request = new AddRequest({
      key,
      data,
      ticket: ++this.#lastTicket,
      sources: this.#options.sources,
      playlistLimit: Math.max(this.#options.settings.playlistEntries, data.repeat_count),
      enqueue: (track, from, isFirst) => this.#enqueue(track, from, isFirst),
      onProgress: (progress) => this.#requestProgress(request, progress),
    });
    this.#pending.add(request);
    this.#outcomes.set({ key, state: 'pending' });
    request
      .run()
      .catch((error: unknown) => this.#requestFailed(request, error))
      .finally(() => {
        this.#pending.delete(request);
        this.#checkIdle();
      });
    return this.#outcomes.get(key);
  }

  outcomeOf(key: RequestKey): RequestOutcome {
    return this.#outcomes.get(key);
  }

  skip(entryId: EntryId | null): ReplyData<'SKIP_SONG'> {
    const current = this.#requireCurrent();
    if (entryId !== null && entryId !== current.entryId) {
      throw new PlayerError('ENTRY_CHANGED', 'the entry to skip is not the current one');
    }
    const next = this.#moveOn('skipped', 'stopped');
    return { skipped: songOf(current), next: next === undefined ? null : songOf(next) };
  }

  playNext(entryId: EntryId, now: boolean): ReplyData<'PLAY_NEXT'> {
    const { entry } = this.#queue.move(entryId, 0);
    this.#changed();
    if (now && this.#queue.current !== undefined) this.#moveOn('skipped', 'replaced');
    else this.#announce.queueUpdated();
    this.#startIfIdle();
    return { song: songOf(entry) };
  }

  previous(): ReplyData<'PREVIOUS'> {
    const current = this.#queue.current;
    const positionMs = this.#trackPlayer.positionMs;
    const entry = this.#queue.back();
    if (current !== undefined) this.#announce.songEnded(current, 'replaced', positionMs);
    this.#start(entry);
    return { song: songOf(entry) };
  }

  pause(): ReplyData<'PAUSE'> {
    this.#requireCurrent();
    return this.#settled(this.#trackPlayer.pause());
  }

  resume(): ReplyData<'RESUME'> {
    if (this.#queue.current === undefined && this.#startIfIdle()) return { changed: true };
    this.#requireCurrent();
    return this.#settled(this.#trackPlayer.resume());
  }

  seek(positionMs: number, entryId: EntryId | null): ReplyData<'SEEK'> {
    const { entryId: currentId, track } = this.#requireCurrent();
    if (entryId !== null && entryId !== currentId) {
      throw new PlayerError('ENTRY_CHANGED', 'the entry to seek in is not the current one');
    }
    if (track.isLive) throw new PlayerError('NOT_SEEKABLE', 'a live stream cannot be seeked');
    if (track.durationMs !== undefined && positionMs >= track.durationMs) {
      throw new PlayerError('SEEK_OUT_OF_RANGE', `the track has ${track.durationMs} ms`, {
        details: { duration_ms: Math.round(track.durationMs), position_ms: positionMs },
      });
    }
    this.#trackPlayer.seek(positionMs);
    this.#settled(true);
    return { position_ms: positionMs };
  }

  setVolume(percent: number): ReplyData<'SET_VOLUME'> {
    return this.#settled(this.#trackPlayer.setVolume(percent));
  }

  setLoop(mode: CommandData<'SET_LOOP'>['mode']): ReplyData<'SET_LOOP'> {
    const changed = this.#queue.loop !== mode;
    this.#queue.loop = mode;
    this.#prefetch.keepOnly(this.#queue.following);
    return this.#settled(changed);
  }

  shuffle(): ReplyData<'SHUFFLE'> {
    this.#queue.shuffle();
    this.#queueChanged();
    return { queue_length: this.#queue.upcoming.length };
  }

  move(entryId: EntryId, toIndex: number): ReplyData<'MOVE_IN_QUEUE'> {
    const { entry, index } = this.#queue.move(entryId, toIndex);
    this.#queueChanged();
    return { song: songOf(entry), index };
  }

  remove(data: CommandData<'REMOVE_FROM_QUEUE'>): ReplyData<'REMOVE_FROM_QUEUE'> {
    const removed = this.#queue.remove(data.entry_id ?? this.#queue.entryAt(data.song_index ?? 0).entryId);
    this.#queueChanged();
    return { removed: songOf(removed) };
  }

  clear(stop: boolean): ReplyData<'CLEAR_QUEUE'> {
    for (const request of this.#pending) request.cancel();
    const removed = this.#queue.clearUpcoming();
    this.#queueChanged();
    if (stop) {
      this.#endCurrent('stopped');
      this.#queue.endCurrent();
      this.#announce.stopped('stopped');
      this.#becomeIdle();
    }
    return { removed };
  }

  reset(): ReplyData<'RESET_PLAYER'> {
    for (const request of this.#pending) request.cancel();
    this.#endCurrent('cleanup');
    this.#queue.reset();
    this.#shelved = undefined;
    this.#trackPlayer.setVolume(100);
    this.#link.leave();
    this.#queueChanged();
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
    for (const request of this.#pending) request.cancel();
    this.#idleTimer.set(false);
    this.#aloneTimer.set(false);
    this.#cancelPrefetchCheck?.();
    this.#prefetch.close();
    this.#trackPlayer.destroy();
    this.#link.removeAllListeners();
    this.#link.destroy();
  }

  #listen(): void {
    this.#link.on('change', () => {
      this.#changed();
      this.#announce.state();
      this.#checkAlone();
      this.#startIfIdle();
    });
    this.#link.on('audienceChange', () => this.#checkAlone());
    this.#link.on('failed', (error) => this.#voiceFailed(error));
    this.#trackPlayer.on('started', (entry, positionMs) => {
      this.#failures = 0;
      this.#announce.songStarted(entry, positionMs, this.#textChannelId);
      this.#announce.state();
      this.#checkPrefetch();
    });
    this.#trackPlayer.on('finished', (entry, positionMs) => {
      this.#announce.songEnded(entry, 'finished', positionMs);
      this.#advance('finished');
    });
    this.#trackPlayer.on('recovering', (entry, error) => {
      this.#options.log.warn({ err: error, entryId: entry.entryId }, 'track broke off; opening it again');
      this.#announce.failed(error, { entry, nextStep: 'retrying' });
    });
    this.#trackPlayer.on('failed', (entry, error, positionMs) => this.#trackFailed(entry, error, positionMs));
  }

  #requireCurrent(): QueueEntry {
    const { current } = this.#queue;
    if (current === undefined) throw new PlayerError('NOTHING_PLAYING', 'there is no current track');
    return current;
  }

  #changed(): void {
    this.#options.events.changed();
  }

  #settled(changed: boolean): { readonly changed: boolean } {
    if (changed) {
      this.#changed();
      this.#announce.state();
    }
    return { changed };
  }

  #queueChanged(request: RequestOutcome | null = null): void {
    this.#changed();
    this.#prefetch.keepOnly(this.#queue.following);
    this.#announce.queueUpdated(request);
    this.#checkIdle();
  }

  #enqueue(
    track: Track,
    request: AddRequest,
    isFirst: boolean,
  ): { readonly entry: QueueEntry; readonly queuePosition: number } {
    const { data, key, ticket } = request;
    const entry: QueueEntry = {
      entryId: this.#options.newEntryId(),
      track,
      requester: { id: data.requester_id ?? null, name: data.requester_name },
      requestKey: key,
      ticket,
    };
    const index = this.#queue.add(entry, data.position === 'end' ? 'end' : 'next');
    if (isFirst && data.position === 'now' && this.#queue.current !== undefined) {
      this.#moveOn('skipped', 'replaced');
      return { entry, queuePosition: 0 };
    }
    if (this.#queue.current === undefined && index === 0 && this.#startIfIdle())
      return { entry, queuePosition: 0 };
    return { entry, queuePosition: index + 1 };
  }

  #requestProgress(request: AddRequest, progress: AddProgress): void {
    const outcome: RequestOutcome = {
      key: request.key,
      state: 'added',
      song: songOf(progress.first),
      added: progress.added,
      complete: progress.complete,
      playlist_name: progress.playlistName,
      queue_position: progress.queuePosition,
      skipped: progress.skipped,
    };
    this.#outcomes.set(outcome);
    this.#queueChanged(outcome);
  }

  #requestFailed(request: AddRequest, cause: unknown): void {
    const error =
      cause instanceof PlayerError ? cause : new PlayerError('INTERNAL', 'the request failed', { cause });
    if (error.code === 'INTERNAL')
      this.#options.log.error({ err: cause, requestKey: request.key }, 'request failed');
    else this.#options.log.info({ err: error, requestKey: request.key }, 'nothing was added');
    const soFar = this.#outcomes.get(request.key);
    if (soFar.state === 'added') {
      const outcome: RequestOutcome = { ...soFar, complete: true };
      this.#outcomes.set(outcome);
      if (!this.#destroyed) this.#queueChanged(outcome);
      return;
    }
    const { code, retryable, message, details } = error;
    this.#outcomes.set({
      key: request.key,
      state: 'failed',
      code,
      retryable,
      message,
      details: { ...details },
    });
    if (!this.#destroyed) this.#announce.failed(error, { requestKey: request.key, nextStep: 'none' });
  }

  /** The current entry ends now, on purpose; the next one begins. */
  #moveOn(how: 'skipped', reason: EndReason): QueueEntry | undefined {
    this.#endCurrent(reason);
    return this.#advance(how);
  }

  #endCurrent(reason: EndReason): void {
    const { current } = this.#queue;
    if (current === undefined) return;
    const { positionMs } = this.#trackPlayer;
    this.#trackPlayer.stop();
    this.#announce.songEnded(current, reason, positionMs);
  }

  #advance(how: 'finished' | 'skipped' | 'failed'): QueueEntry | undefined {
    const next = this.#queue.advance(how);
    if (next === undefined) this.#becomeIdle();
    else this.#start(next);
    return next;
  }

  /** Begins with the queue when nothing plays and there is, or soon will be, a voice session to play into. */
  #startIfIdle(): boolean {
    const { status } = this.#link;
    if (
      this.#destroyed ||
      this.#queue.current !== undefined ||
      status === 'disconnected' ||
      status === 'failed'
    ) {
      return false;
    }
    const next = this.#queue.advance('finished');
    if (next !== undefined) this.#start(next);
    return next !== undefined;
  }

  #start(entry: QueueEntry): void {
    const startAtMs = this.#shelved?.entryId === entry.entryId ? this.#shelved.positionMs : 0;
    this.#shelved = undefined;
    this.#idleTimer.set(false);
    this.#trackPlayer.play(entry, { startAtMs });
    this.#queueChanged();
    this.#announce.state();
  }

  #becomeIdle(): void {
    this.#changed();
    this.#announce.queueUpdated();
    this.#announce.idle(this.#link.channelId === null ? null : this.#idleTimer.afterMs);
    this.#announce.state();
    this.#checkIdle();
  }

  #trackFailed(entry: QueueEntry, error: PlayerError, positionMs: number): void {
    const givesUp = ++this.#failures >= this.#options.settings.failuresInARow;
    this.#options.log.warn({ err: error, entryId: entry.entryId, givesUp }, 'track cannot be played');
    this.#announce.failed(error, { entry, nextStep: givesUp ? 'stopped' : 'skipped' });
    this.#announce.songEnded(entry, 'loadFailed', positionMs);
    if (!givesUp) {
      this.#advance('failed');
      return;
    }
    this.#failures = 0;
    this.#queue.endCurrent();
    this.#announce.stopped('stopped');
    this.#becomeIdle();
  }

  #voiceFailed(error: PlayerError): void {
    this.#options.log.warn({ err: error }, 'voice session ended');
    this.#announce.failed(error, { nextStep: 'stopped' });
    this.#leave(error.code === 'VOICE_KICKED' ? 'kicked' : 'voice_failed');
  }

  /** Leaves the channel; what played is kept at the head of the queue with its position. */
  #leave(reason: StopReason): void {
    const { positionMs } = this.#trackPlayer;
    this.#endCurrent('stopped');
    const shelved = this.#queue.shelveCurrent();
    if (shelved !== undefined) this.#shelved = { entryId: shelved.entryId, positionMs };
    this.#link.leave();
    this.#queueChanged();
    this.#announce.stopped(reason);
    this.#announce.state();
  }

  #checkIdle(): void {
    const nothingToDo =
      this.#queue.current === undefined && this.#link.channelId !== null && this.#pending.size === 0;
    this.#idleTimer.set(nothingToDo);
  }

  #checkAlone(): void {
    this.#aloneTimer.set(this.#link.status === 'ready' && this.#link.audience === 0);
  }

  #checkPrefetch(): void {
    this.#cancelPrefetchCheck?.();
    this.#cancelPrefetchCheck = undefined;
    const { current, following } = this.#queue;
    if (current === undefined || this.#trackPlayer.state.status === 'idle') return;
    this.#cancelPrefetchCheck = this.#options.clock.after(PREFETCH_CHECK_MS, () => this.#checkPrefetch());
    if (following === undefined) return;
    const { durationMs } = current.track;
    const leftMs =
      durationMs === undefined ? Number.POSITIVE_INFINITY : durationMs - this.#trackPlayer.positionMs;
    if (leftMs <= this.#options.settings.prefetchMs)
      this.#prefetch.open(following, this.#trackPlayer.volumePercent);
    else this.#prefetch.warm(following);
  }
}
