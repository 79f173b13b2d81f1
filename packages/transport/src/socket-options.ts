import { LIMITS } from '@bandstand/protocol';

/**
 * What every socket of ours has in common.
 *
 * ZMTP heartbeats only notice dead connections (a cut cable, a peer stopped with its TCP session open); whether the
 * player *works* is told by its HEARTBEAT events, because libzmq answers pings while the event loop hangs.
 */
export const CHANNEL_OPTIONS = {
  heartbeatInterval: 1_000,
  heartbeatTimeout: 3_000,
  heartbeatTimeToLive: 3_000,
  handshakeInterval: 5_000,
  tcpKeepalive: 1,
  /** Bytes sent but never acknowledged vanish after this, also after close: a healed network delivers no stale command. */
  tcpMaxRetransmitTimeout: 5_000,
} as const;

export const CONNECTING_OPTIONS = {
  reconnectInterval: 50,
  reconnectMaxInterval: 1_000,
} as const;

/**
 * `maxMessageSize` counts single frames and ends the connection without a word. Twice the protocol's limit lets the codec
 * answer what is only a little too large.
 */
export const MAX_FRAME_BYTES = {
  command: 2 * LIMITS.commandBytes,
  reply: 2 * LIMITS.replyBytes,
  event: 2 * LIMITS.eventBytes,
} as const;

/** Messages that libzmq queues for one slow subscriber before it drops; the gap is then noticed by sequence. */
export const EVENT_HIGH_WATER_MARK = 10_000;

/** How long a closed socket may go on sending, in milliseconds; the default (forever) keeps processes from exiting. */
export const LINGER_MS = { request: 0, reply: 500, event: 500, subscriber: 0 } as const;
