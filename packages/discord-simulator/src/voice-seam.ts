/**
 * What the rest of the simulated Discord needs from its voice servers. The main half (REST, gateway, actors)
 * depends on this file alone, so it can be tested without TLS, UDP or MLS.
 */
export interface VoiceBackend {
  /** A bot or user wants a connection: returns what VOICE_SERVER_UPDATE carries. dave=false for stage channels. */
  allocate(request: {
    guildId: string;
    channelId: string;
    userId: string;
    sessionId: string;
    dave: boolean;
  }): { token: string; endpoint: string };
  /** The user left or moved: ends its voice session (client is closed with 4014 unless told otherwise). */
  revoke(where: { guildId: string; userId: string }, closeCode?: number): void;
  /** An actor joins as a real second member of the channel (DAVE group member when dave) that receives and decrypts what others send. */
  addListener(who: {
    guildId: string;
    channelId: string;
    userId: string;
    dave: boolean;
  }): Promise<VoiceListener>;
  close(): Promise<void>;
}

/** One Opus frame as a listener received it. */
export interface HeardFrame {
  readonly opus: Buffer;
  /** `performance.now()` of the simulator's process. */
  readonly arrivedAtMs: number;
  /** RTP sequence number, 16 bit. */
  readonly sequence: number;
  /** RTP timestamp, 48 kHz, 32 bit. */
  readonly timestamp: number;
  readonly ssrc: number;
  readonly fromUserId: string;
  readonly encrypted: 'dave' | 'transport-only';
}

/** An actor's ears in one voice channel. */
export interface VoiceListener {
  /** Bounded ring, newest last, silence frames included. */
  readonly frames: readonly HeardFrame[];
  /** @returns A function that ends the subscription. */
  on(event: 'frame', fn: (frame: HeardFrame) => void): () => void;
  /** Since joining; `lost` counts holes in the sequence numbers. */
  readonly counts: {
    received: number;
    decrypted: number;
    undecryptable: number;
    plaintextWhileDave: number;
    lost: number;
  };
  /**
   * Interleaved s16le 48 kHz stereo of everything heard so far, decoded with Opus; silence is NOT inserted where nothing arrived.
   * Reaches back as far as `frames` does. `sinceMs` (`performance.now()`) and `fromUserId` narrow it down.
   */
  pcm(only?: { sinceMs?: number; fromUserId?: string }): Buffer;
  leave(): Promise<void>;
}
