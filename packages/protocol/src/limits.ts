/** Sizes that bound the wire. They hold before anything is parsed. */
export const LIMITS = {
  /** One command on the wire, in bytes. */
  commandBytes: 64 * 1024,
  /** One reply on the wire, in bytes (a page of 100 entries with long titles). */
  replyBytes: 512 * 1024,
  /** One event on the wire, in bytes. */
  eventBytes: 64 * 1024,
  /** ZeroMQ frames in one message. */
  frames: 16,
  queryCharacters: 500,
  urlCharacters: 2_048,
  titleCharacters: 500,
  nameCharacters: 100,
  keyCharacters: 128,
  /** Copies one ADD_TO_QUEUE may ask for. */
  repeatCount: 50,
  /** Entries shown in an event or in a page of GET_STATE unless asked for more. */
  queuePage: 20,
  queuePageMax: 100,
  searchResults: 25,
  volumePercent: 200,
  /** Longest crossfade between two tracks. */
  crossfadeMs: 12_000,
  /** Longest layer over the music; what is longer ends there. */
  layerMs: 600_000,
  /** Longest way of the music down under a layer, and back. */
  layerRampMs: 12_000,
  /** Quietest music under an overlay; more is `priority`. */
  duckDb: 60,
  /** Longest time to live of a command. */
  ttlMs: 60_000,
} as const;

/** The newest version of the protocol this code speaks, and the oldest it still understands. */
export const PROTOCOL_VERSION = 1;
export const OLDEST_PROTOCOL_VERSION = 1;

/** Ports of the first system, kept. */
export const DEFAULT_COMMAND_PORT = 5_555;
export const DEFAULT_EVENT_PORT = 5_556;
