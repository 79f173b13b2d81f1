/**
 * What is done about a failure before anybody asks for it.
 *
 * `none`: whoever asked is told, and decides.
 * `again`: the same once more, a few times, with a pause between; then as `skip` for a track, as `none` for the rest.
 * `other-way`: the source is asked with other client options first; then as `again` if it may pass, else as `skip`.
 * `skip`: the queue goes on with the next track and the channel is told why. While a track is being added: as `none`.
 */
export type NextStep = 'none' | 'again' | 'other-way' | 'skip';

/** One row of {@link ERROR_CODES}. */
export interface ErrorRow {
  /** Whether the same request may succeed later. */
  readonly retryable: boolean;
  readonly nextStep: NextStep;
  /** For the operator: what happened, and where there is something to do, what. */
  readonly meaning: string;
}

/**
 * Every failure that may cross the wire: whether the same request may succeed later, what is done about it by itself, and
 * what it means to an operator. `docs/errors.md` shows this table; a test keeps both equal. The bot owns the sentences that
 * people read, keyed by code.
 */
export const ERROR_CODES = {
  // The channel and the envelope.
  BAD_REQUEST: {
    retryable: false,
    nextStep: 'none',
    meaning: 'The command does not fit its schema, or a limit of the wire was exceeded.',
  },
  UNKNOWN_ACTION: {
    retryable: false,
    nextStep: 'none',
    meaning: 'This player does not know the action; bot and player differ in version.',
  },
  INCOMPATIBLE_PROTOCOL: {
    retryable: false,
    nextStep: 'none',
    meaning: 'Bot and player share no protocol version: update the older one.',
  },
  DEADLINE_EXCEEDED: {
    retryable: true,
    nextStep: 'none',
    meaning: 'The command arrived after its time to live and was not carried out.',
  },
  PLAYER_UNREACHABLE: {
    retryable: true,
    nextStep: 'again',
    meaning:
      'No reply from the player within the deadline: it is starting, stopped, hanging, or behind a broken network.',
  },
  PLAYER_BUSY: {
    retryable: true,
    nextStep: 'none',
    meaning: 'A bounded queue of the player is full, or a caller exceeded its rate.',
  },
  STORE_UNAVAILABLE: {
    retryable: true,
    nextStep: 'none',
    meaning:
      'The player could not make the change durable (disk full, database away), so nothing was changed; the music goes on.',
  },
  PLAYER_SHUTTING_DOWN: {
    retryable: true,
    nextStep: 'none',
    meaning: 'The player is stopping and takes no new work.',
  },
  REQUEST_CANCELLED: {
    retryable: false,
    nextStep: 'none',
    meaning: 'A later command (clear, stop, reset) ended the request before it was done.',
  },
  INTERNAL: { retryable: true, nextStep: 'again', meaning: 'A bug in the player; its log holds the stack.' },
  // Voice.
  NOT_IN_VOICE: {
    retryable: false,
    nextStep: 'none',
    meaning: 'The command needs a voice session and there is none.',
  },
  JOIN_TIMEOUT: {
    retryable: true,
    nextStep: 'again',
    meaning: 'Discord did not complete the voice connection in time (full channel, lost UDP, or an outage).',
  },
  VOICE_DISCONNECTED: {
    retryable: true,
    nextStep: 'again',
    meaning: 'The voice session ended and may be joined again.',
  },
  VOICE_KICKED: {
    retryable: false,
    nextStep: 'none',
    meaning: 'The bot was disconnected from the channel, or the channel was deleted.',
  },
  VOICE_RATE_LIMITED: {
    retryable: true,
    nextStep: 'none',
    meaning: 'Too many voice joins in a short time; the next one waits.',
  },
  VOICE_REJECTED: {
    retryable: true,
    nextStep: 'again',
    meaning: 'The voice server refused the session; details hold the close code.',
  },
  VOICE_E2EE_FAILED: {
    retryable: true,
    nextStep: 'again',
    meaning: 'The end-to-end encryption session could not be set up in time.',
  },
  // The queue.
  NOTHING_PLAYING: {
    retryable: false,
    nextStep: 'none',
    meaning: 'The command needs a current track and there is none.',
  },
  ENTRY_NOT_FOUND: {
    retryable: false,
    nextStep: 'none',
    meaning: 'The queue has no entry with this id (it was played or removed already).',
  },
  ENTRY_CHANGED: {
    retryable: false,
    nextStep: 'none',
    meaning: 'The named entry is not the current one any more; nothing was done.',
  },
  QUEUE_FULL: {
    retryable: false,
    nextStep: 'none',
    meaning:
      'The queue of the guild, or the share of one user, is at its limit (QUEUE_LIMIT, QUEUE_LIMIT_PER_USER).',
  },
  NO_PREVIOUS: { retryable: false, nextStep: 'none', meaning: 'The history holds no earlier track.' },
  NOT_SEEKABLE: {
    retryable: false,
    nextStep: 'none',
    meaning: 'The current track is a live stream or its source cannot seek.',
  },
  SEEK_OUT_OF_RANGE: {
    retryable: false,
    nextStep: 'none',
    meaning: 'The position lies beyond the end of the track.',
  },
  LAYER_BUSY: {
    retryable: true,
    nextStep: 'none',
    meaning: 'A layer with priority is heard, or about to be, and gives way to none without it.',
  },
  LAYER_UNSUITABLE: {
    retryable: false,
    nextStep: 'none',
    meaning: 'A layer is one track of at most ten minutes: no playlist, no live stream.',
  },
  // What the user asked for.
  QUERY_INVALID: {
    retryable: false,
    nextStep: 'none',
    meaning: 'The query is empty, too long, or holds forbidden characters.',
  },
  UNSUPPORTED_URL: { retryable: false, nextStep: 'skip', meaning: 'No enabled source takes this URL.' },
  ADDRESS_NOT_ALLOWED: {
    retryable: false,
    nextStep: 'skip',
    meaning: 'The address is private, reserved or otherwise outside what the egress guard lets through.',
  },
  NOTHING_FOUND: {
    retryable: false,
    nextStep: 'none',
    meaning: 'The search had no result, or the playlist is empty.',
  },
  FILE_NOT_FOUND: {
    retryable: false,
    nextStep: 'skip',
    meaning: 'No such file under the music root (MUSIC_ROOT).',
  },
  // Extraction.
  TRACK_UNAVAILABLE: {
    retryable: false,
    nextStep: 'other-way',
    meaning: 'The site says the track cannot be played, for a reason not told apart further.',
  },
  TRACK_REMOVED: { retryable: false, nextStep: 'skip', meaning: 'The track was removed or never existed.' },
  TRACK_PRIVATE: { retryable: false, nextStep: 'skip', meaning: 'The track is private.' },
  AGE_RESTRICTED: {
    retryable: false,
    nextStep: 'other-way',
    meaning: 'The site wants a signed-in, adult account, which the player does not have.',
  },
  GEO_BLOCKED: {
    retryable: false,
    nextStep: 'skip',
    meaning: 'The site does not offer the track in the country of the player.',
  },
  LOGIN_REQUIRED: {
    retryable: false,
    nextStep: 'other-way',
    meaning: 'The site wants an account or proof that the visitor is not a robot.',
  },
  RATE_LIMITED: {
    retryable: true,
    nextStep: 'again',
    meaning: 'The site limits the player for now (HTTP 429): fewer requests, or another address, help.',
  },
  LIVE_NOT_ALLOWED: {
    retryable: false,
    nextStep: 'skip',
    meaning: 'Live streams are switched off (LIVE_ALLOWED).',
  },
  TRACK_TOO_LONG: {
    retryable: false,
    nextStep: 'skip',
    meaning: 'The track exceeds the configured length (TRACK_LIMIT_MINUTES).',
  },
  SOURCE_TIMEOUT: {
    retryable: true,
    nextStep: 'again',
    meaning: 'Extraction took longer than its deadline (YT_DLP_TIMEOUT_SECONDS) and was ended.',
  },
  SOURCE_NETWORK: {
    retryable: true,
    nextStep: 'again',
    meaning: 'The site could not be reached: no connection, no name, or a certificate that does not fit.',
  },
  SOURCE_BUSY: {
    retryable: true,
    nextStep: 'again',
    meaning: 'All extraction slots are taken and the waiting list is full (YT_DLP_CONCURRENCY).',
  },
  EXTRACTOR_BROKEN: {
    retryable: true,
    nextStep: 'other-way',
    meaning: 'yt-dlp could not make sense of the site; usually an update of yt-dlp is due.',
  },
  EXTRACTOR_MISSING: {
    retryable: false,
    nextStep: 'skip',
    meaning: 'yt-dlp is absent, too old, or cannot be started (YT_DLP_PATH).',
  },
  JS_RUNTIME_MISSING: {
    retryable: false,
    nextStep: 'other-way',
    meaning: 'The site needs a JavaScript runtime that yt-dlp did not find (YT_DLP_JS_RUNTIME).',
  },
  EXTRACTOR_KILLED: {
    retryable: true,
    nextStep: 'again',
    meaning: 'yt-dlp was ended from outside (memory limit, signal) or flooded its output.',
  },
  // Media.
  MEDIA_UNSUPPORTED: {
    retryable: false,
    nextStep: 'other-way',
    meaning: 'The bytes are not audio in a format that is allowed.',
  },
  MEDIA_BROKEN: {
    retryable: false,
    nextStep: 'skip',
    meaning: 'The media is damaged and cannot be decoded.',
  },
  MEDIA_TOO_LARGE: { retryable: false, nextStep: 'skip', meaning: 'The media exceeds the configured size.' },
  MEDIA_REFUSED: {
    retryable: true,
    nextStep: 'again',
    meaning:
      'The media server refused the URL (403, 404, 410), usually because it expired; it is resolved again.',
  },
  MEDIA_SERVER_FAILED: {
    retryable: true,
    nextStep: 'again',
    meaning: 'The media server answered with an error of its own (HTTP 5xx).',
  },
  MEDIA_CUT: {
    retryable: true,
    nextStep: 'again',
    meaning: 'The media ended before its length; playback resumes at the position sent.',
  },
  MEDIA_STALLED: {
    retryable: true,
    nextStep: 'again',
    meaning: 'The media server sends too slowly or not at all.',
  },
  STATION_LOST: {
    retryable: false,
    nextStep: 'skip',
    meaning:
      'A station broke off and could not be reached again three times in a row; `details.reason` says why at last.',
  },
  DECODER_FAILED: {
    retryable: true,
    nextStep: 'again',
    meaning: 'ffmpeg or an audio worker ended unexpectedly.',
  },
} as const satisfies Record<string, ErrorRow>;

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

  get nextStep(): NextStep {
    return ERROR_CODES[this.code].nextStep;
  }
}
