import type { PlayerError, VoiceStatus } from '@bandstand/protocol';
import type { FrameSource } from '../audio/frame.ts';
import type { Media } from '../audio/media.ts';
import type { LayerPlan } from '../audio/mixing/layer.ts';
import type { SoundSettings } from '../audio/sound.ts';
import type { LoadResult, RequestOptions, Track } from '../sources/source.ts';

/** What the players use of sources/: all of them behind one door. */
export interface TrackSources {
  load(query: string, options: RequestOptions): Promise<LoadResult>;
  search(words: string, options: RequestOptions & { readonly limit: number }): Promise<readonly Track[]>;
  resolve(track: Track, options: RequestOptions & { readonly fresh?: boolean }): Promise<Media>;
}

/** What the players use of one opened track. Frames are taken by the clock, everything else by the track player. */
export interface Playback extends FrameSource {
  /** Inside the track, from frames really taken. */
  readonly positionMs: number;
  /** Why `status` is `failed`. */
  readonly failure: PlayerError | undefined;
  /** What a station says it plays, as it was sent, not cleaned; `''` = nothing any more. */
  readonly stationTitle: string | undefined;
  /** Resolves once so many frames wait to be taken (or the track is shorter); rejects with the failure. */
  ready(minFrames: number): Promise<void>;
  setSound(sound: SoundSettings): void;
  /**
   * At its end leads over into another playback, both heard for so long; 0 = one behind the other. The other goes on from
   * where it was heard last, whenever this one ends or is left. `undefined`: into none.
   */
  blendInto(next: Playback | undefined, overMs: number): void;
  /** Makes it a layer over another; before its first frame. */
  layOver(plan: LayerPlan): PlaybackLayer;
  /**
   * Falls silent within a few frames, and gives none after that until `resume`.
   *
   * @param onSilent - Called once, at once where nothing is heard.
   */
  fadeOut(
    onSilent: () => void,
    options?: { readonly withinFrames?: number; readonly goesOn?: boolean },
  ): void;
  /** Goes on where it fell silent. */
  resume(): void;
  /** Its next frame fades in: for a listener who has just heard something else. */
  comeIn(): void;
  close(): unknown;
  /** `stationTitle` is another one now. */
  on(event: 'title', listener: () => void): unknown;
}

/** A playback that lies over another: its frames hold those of the other, which are over as they are taken. */
export interface PlaybackLayer extends FrameSource {
  /** Over which one from now on; `undefined` = it is heard alone. */
  over(bed: Playback | undefined): void;
  /** Asked in every tick before a frame is taken: whether it is taken here, and not from the one below. */
  isDue(): boolean;
  /** Goes at once, and lets the one below come back. */
  stop(): void;
}

export interface OpenMediaOptions {
  readonly startAtMs: number;
  readonly sound: SoundSettings;
  /** Silence behind the end, which belongs to it. */
  readonly tailMs?: number | undefined;
  readonly signal: AbortSignal;
  /** Playbacks that it may be mixed with, those that matter first; the engine passes over those that are closed. */
  readonly near?: readonly Playback[] | undefined;
}

/** What the players use of audio/. */
export interface MediaEngine {
  open(media: Media, options: OpenMediaOptions): Promise<Playback>;
}

export interface VoiceStateData {
  readonly channel_id: string | null;
  readonly session_id: string;
  readonly user_id: string;
  readonly self_mute: boolean;
  readonly self_deaf: boolean;
  readonly mute: boolean;
  readonly deaf: boolean;
  readonly suppress: boolean;
}

export interface VoiceServerData {
  readonly token: string;
  readonly endpoint: string | null;
}

export interface FrameCounts {
  readonly due: number;
  readonly sent: number;
  readonly late: number;
  readonly missing: number;
  readonly silence: number;
}

/** What the players use of voice/: our session in one guild. It takes frames only while they can be heard. */
export interface VoiceLink {
  readonly status: VoiceStatus;
  readonly channelId: string | null;
  /** Other clients in the channel; 0 while not connected. */
  readonly audience: number;
  readonly frames: FrameCounts;
  /** Silenced by a moderator, or in the audience of a stage: no frame is taken until that ends. `change` tells. */
  readonly muted: boolean;
  join(channelId: string): unknown;
  leave(): unknown;
  handleVoiceState(data: VoiceStateData): void;
  handleVoiceServer(data: VoiceServerData): void;
  /** Replaces what is played. */
  play(source: FrameSource): void;
  pause(): unknown;
  unpause(): unknown;
  /** Plays nothing. */
  stop(): void;
  destroy(): void;
  /** The status changed, or the channel did. */
  on(event: 'change', listener: () => void): unknown;
  /** The session ended and is not coming back by itself. */
  on(event: 'failed', listener: (error: PlayerError) => void): unknown;
  /** How many other clients are in the channel. */
  on(event: 'audienceChange', listener: (count: number) => void): unknown;
  removeAllListeners(): unknown;
}

/** Where a player takes what happens in its guild: one thing after another, durable before it is told. */
export interface GuildTurns {
  /** Carries it out, stores it, then tells. @throws what `apply` throws, or `PLAYER_SHUTTING_DOWN` */
  happened<T>(apply: () => T): Promise<T>;
  /** Changes nothing that is stored. */
  observed(tell: () => void): Promise<void>;
}
