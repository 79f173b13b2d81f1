/** 20 ms of a track as its source gives it, before anything is done to it. */
export type Unit =
  /** One Opus packet of 20 ms that could be sent as it is. */
  | ({ readonly kind: 'opus'; readonly packet: Buffer } & UnitEdges)
  /** One frame of PCM: exactly `PCM_FRAME_BYTES`. */
  | ({ readonly kind: 'pcm'; readonly pcm: Buffer } & UnitEdges);

/** Where the track begins or ends within a unit, in samples per channel. What lies outside is what its encoder added. */
export interface UnitEdges {
  readonly beginsAt?: number;
  readonly endsAt?: number;
}
