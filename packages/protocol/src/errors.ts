/**
 * Every failure that may cross the wire: whether the same request may succeed later, and what it means to an operator.
 * `docs/errors.md` shows this table; a test keeps both equal. The bot owns the sentences that people read, keyed by code.
 */
export const ERROR_CODES = {
  // The channel and the envelope.
  BAD_REQUEST: {
    retryable: false,
    meaning: 'The command does not fit its schema, or a limit of the wire was exceeded.',
  },
  UNKNOWN_ACTION: {
    retryable: false,
    meaning: 'This player does not know the action; bot and player differ in version.',
  },
  INCOMPATIBLE_PROTOCOL: { retryable: false, meaning: 'Bot and player share no protocol version.' },
  DEADLINE_EXCEEDED: {
    retryable: true,
    meaning: 'The command arrived after its time to live and was not carried out.',
  },
  PLAYER_UNREACHABLE: { retryable: true, meaning: 'No reply from the player within the deadline.' },
  PLAYER_BUSY: {
    retryable: true,
    meaning: 'A bounded queue of the player is full, or a caller exceeded its rate.',
  },
  PLAYER_SHUTTING_DOWN: { retryable: true, meaning: 'The player is stopping and takes no new work.' },
  REQUEST_CANCELLED: {
    retryable: false,
    meaning: 'A later command (clear, stop, reset) ended the request before it was done.',
  },
  INTERNAL: { retryable: true, meaning: 'A bug in the player; its log holds the stack.' },
  // Voice.
  NOT_IN_VOICE: { retryable: false, meaning: 'The command needs a voice session and there is none.' },
  JOIN_TIMEOUT: {
    retryable: true,
    meaning: 'Discord did not complete the voice connection in time (full channel, lost UDP, or an outage).',
  },
  VOICE_DISCONNECTED: { retryable: true, meaning: 'The voice session ended and may be joined again.' },
  VOICE_KICKED: {
    retryable: false,
    meaning: 'The bot was disconnected from the channel, or the channel was deleted.',
  },
  VOICE_RATE_LIMITED: {
    retryable: true,
    meaning: 'Too many voice joins in a short time; the next one waits.',
  },
  VOICE_REJECTED: {
    retryable: true,
    meaning: 'The voice server refused the session; details hold the close code.',
  },
  VOICE_E2EE_FAILED: {
    retryable: true,
    meaning: 'The end-to-end encryption session could not be set up in time.',
  },
  // The queue.
  NOTHING_PLAYING: { retryable: false, meaning: 'The command needs a current track and there is none.' },
  ENTRY_NOT_FOUND: {
    retryable: false,
    meaning: 'The queue has no entry with this id (it was played or removed already).',
  },
  ENTRY_CHANGED: {
    retryable: false,
    meaning: 'The named entry is not the current one any more; nothing was done.',
  },
  QUEUE_FULL: {
    retryable: false,
    meaning: 'The queue of the guild, or the share of one user, is at its limit.',
  },
  NO_PREVIOUS: { retryable: false, meaning: 'The history holds no earlier track.' },
  NOT_SEEKABLE: {
    retryable: false,
    meaning: 'The current track is a live stream or its source cannot seek.',
  },
  SEEK_OUT_OF_RANGE: { retryable: false, meaning: 'The position lies beyond the end of the track.' },
  // What the user asked for.
  QUERY_INVALID: {
    retryable: false,
    meaning: 'The query is empty, too long, or holds forbidden characters.',
  },
  UNSUPPORTED_URL: { retryable: false, meaning: 'No enabled source takes this URL.' },
  ADDRESS_NOT_ALLOWED: {
    retryable: false,
    meaning: 'The address is private, reserved or otherwise outside what the egress guard lets through.',
  },
  NOTHING_FOUND: { retryable: false, meaning: 'The search had no result, or the playlist is empty.' },
  FILE_NOT_FOUND: { retryable: false, meaning: 'No such file under the music root.' },
  // Extraction.
  TRACK_UNAVAILABLE: {
    retryable: false,
    meaning: 'The site says the track cannot be played, for a reason not told apart further.',
  },
  TRACK_REMOVED: { retryable: false, meaning: 'The track was removed or never existed.' },
  TRACK_PRIVATE: { retryable: false, meaning: 'The track is private.' },
  AGE_RESTRICTED: { retryable: false, meaning: 'The site wants a signed-in, adult account.' },
  GEO_BLOCKED: {
    retryable: false,
    meaning: 'The site does not offer the track in the country of the player.',
  },
  LOGIN_REQUIRED: {
    retryable: false,
    meaning: 'The site wants an account or proof that the visitor is not a robot.',
  },
  RATE_LIMITED: { retryable: true, meaning: 'The site limits the player for now (HTTP 429).' },
  LIVE_NOT_ALLOWED: { retryable: false, meaning: 'Live streams are switched off.' },
  TRACK_TOO_LONG: { retryable: false, meaning: 'The track exceeds the configured length.' },
  SOURCE_TIMEOUT: { retryable: true, meaning: 'Extraction took longer than its deadline and was ended.' },
  SOURCE_NETWORK: { retryable: true, meaning: 'The site could not be reached.' },
  SOURCE_BUSY: { retryable: true, meaning: 'All extraction slots are taken and the waiting list is full.' },
  EXTRACTOR_BROKEN: {
    retryable: true,
    meaning: 'yt-dlp could not make sense of the site; usually an update of yt-dlp is due.',
  },
  EXTRACTOR_MISSING: { retryable: false, meaning: 'yt-dlp is absent, too old, or cannot be started.' },
  JS_RUNTIME_MISSING: {
    retryable: false,
    meaning: 'The site needs a JavaScript runtime that yt-dlp did not find.',
  },
  EXTRACTOR_KILLED: {
    retryable: true,
    meaning: 'yt-dlp was ended from outside (memory limit, signal) or flooded its output.',
  },
  // Media.
  MEDIA_UNSUPPORTED: { retryable: false, meaning: 'The bytes are not audio in a format that is allowed.' },
  MEDIA_BROKEN: { retryable: false, meaning: 'The media is damaged and cannot be decoded.' },
  MEDIA_TOO_LARGE: { retryable: false, meaning: 'The media exceeds the configured size.' },
  MEDIA_REFUSED: {
    retryable: true,
    meaning:
      'The media server refused the URL (403, 404, 410), usually because it expired; it is resolved again.',
  },
  MEDIA_SERVER_FAILED: {
    retryable: true,
    meaning: 'The media server answered with an error of its own (HTTP 5xx).',
  },
  MEDIA_CUT: {
    retryable: true,
    meaning: 'The media ended before its length; playback resumes at the position sent.',
  },
  MEDIA_STALLED: { retryable: true, meaning: 'The media server sends too slowly or not at all.' },
  DECODER_FAILED: { retryable: true, meaning: 'ffmpeg or an audio worker ended unexpectedly.' },
} as const satisfies Record<string, { readonly retryable: boolean; readonly meaning: string }>;

export type ErrorCode = keyof typeof ERROR_CODES;

export function isErrorCode(text: string): text is ErrorCode {
  return Object.hasOwn(ERROR_CODES, text);
}

export type ErrorDetails = Readonly<Record<string, string | number | boolean | null>>;

export interface PlayerErrorOptions extends ErrorOptions {
  /** Plain values that help a reader of the log; never a token, never a signed URL. */
  readonly details?: ErrorDetails | undefined;
}

/** An expected failure: the one class that crosses the wire. Anything else that is thrown is a bug. */
export class PlayerError extends Error {
  override readonly name = 'PlayerError';
  readonly code: ErrorCode;
  readonly details: ErrorDetails;

  /** @param message - For the operator's log, not for people in a channel. */
  constructor(code: ErrorCode, message: string, options: PlayerErrorOptions = {}) {
    super(message, options);
    this.code = code;
    this.details = options.details ?? {};
  }

  get retryable(): boolean {
    return ERROR_CODES[this.code].retryable;
  }
}
