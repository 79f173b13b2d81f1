import { type ErrorCode, PlayerError } from '@bandstand/protocol';
import { describeProcessEnd, type ProcessEnd } from '../../subprocess/process-end.ts';
import { cleanText } from '../clean-text.ts';
import { REFUSAL_PHRASE } from '../egress-guard/egress-guard.ts';

/** The site doubts that we are human: nothing about the track, everything about us. */
const ROBOT_CHECK = /not a bot|captcha/i;

/**
 * yt-dlp tells causes only in words. Each row is a sentence of yt-dlp itself or of the YouTube extractor
 * (`extractor/common.py`, `extractor/youtube/_video.py`, `networking/exceptions.py` of 2026.08.19); the first that fits counts.
 */
const COMPLAINTS: readonly (readonly [pattern: RegExp, code: ErrorCode])[] = [
  [new RegExp(REFUSAL_PHRASE, 'i'), 'ADDRESS_NOT_ALLOWED'],
  [/confirm your age|age[- ]restricted|inappropriate for some users/i, 'AGE_RESTRICTED'],
  [/private (?:video|track|playlist)|is private\b/i, 'TRACK_PRIVATE'],
  [/rate-limited|HTTP Error 429|Too Many Requests/i, 'RATE_LIMITED'],
  [ROBOT_CHECK, 'LOGIN_REQUIRED'],
  [
    /members[- ]only|registered users|log ?in required|account (?:is )?(?:required|cookies)|requires? payment|only available (?:to|for) (?:Music )?Premium/i,
    'LOGIN_REQUIRED',
  ],
  [
    /in your country|geo[- ]?restrict|not available (?:in|from) your (?:location|region)|VPN or a proxy/i,
    'GEO_BLOCKED',
  ],
  [
    /has been removed|no longer available|account (?:associated .*)?(?:has been )?terminated|does not exist|been deleted|HTTP Error (?:404|410)/i,
    'TRACK_REMOVED',
  ],
  [
    /DRM protected|not currently live|live event will begin|Premieres in|recording is not available|is offline|has ended/i,
    'TRACK_UNAVAILABLE',
  ],
  [/No suitable extractor|Unsupported URL|is not a valid URL/i, 'UNSUPPORTED_URL'],
  [
    /HTTP Error 5\d\d|TransportError|timed out|Connection (?:refused|reset|aborted)|Remote end closed|IncompleteRead|ProxyError|SSLError|Unable to connect|Name or service not known|getaddrinfo/i,
    'SOURCE_NETWORK',
  ],
  // Also said of failures of the network that the extractor did not foresee, hence behind those.
  [/please report this issue on/i, 'EXTRACTOR_BROKEN'],
  [/HTTP Error 40[13]/i, 'LOGIN_REQUIRED'],
  [/Sign in\b|cookies for the authentication/i, 'LOGIN_REQUIRED'],
  [/Video unavailable|not available|isn't available|unavailable/i, 'TRACK_UNAVAILABLE'],
];

/** What yt-dlp warns of when a site's scripts could not be run, and what then usually fails. */
const NO_JS_WARNING = /No supported JavaScript runtime could be found/i;
const NO_FORMATS = /Requested format is not available|No video formats found|Only images are available/i;

/** Why yt-dlp failed, from how its process ended. `aborted` is the caller's own doing and not asked about here. */
export function classifyFailure(end: ProcessEnd): PlayerError {
  switch (end.cause) {
    case 'notStarted':
      return failure('EXTRACTOR_MISSING', end);
    case 'timedOut':
      return failure('SOURCE_TIMEOUT', end);
    case 'signalled':
    case 'outputLimit':
    case 'aborted':
      return failure('EXTRACTOR_KILLED', end);
    case 'exited':
      return failure(complaintCode(end.stderr), end);
  }
}

function complaintCode(stderr: string): ErrorCode {
  const complaint = lastComplaint(stderr);
  if (NO_FORMATS.test(complaint))
    return NO_JS_WARNING.test(stderr) ? 'JS_RUNTIME_MISSING' : 'MEDIA_UNSUPPORTED';
  if (/^MemoryError\b/m.test(stderr)) return 'EXTRACTOR_KILLED';
  return COMPLAINTS.find(([pattern]) => pattern.test(complaint))?.[1] ?? 'EXTRACTOR_BROKEN';
}

/** From the last `ERROR:` on: titles and warnings further up may hold any words. */
function lastComplaint(stderr: string): string {
  const start = stderr.lastIndexOf('ERROR: ');
  return start === -1 ? '' : stderr.slice(start);
}

function failure(code: ErrorCode, end: ProcessEnd): PlayerError {
  // URLs in complaints may be signed.
  const complaint = cleanText(
    lastComplaint(end.stderr)
      .replace(/https?:\/\/\S+/g, '<url>')
      .replace(/; please report this issue on.*/s, ''),
    300,
  );
  return new PlayerError(code, `yt-dlp ${describeProcessEnd(end)}`, {
    details: {
      end: end.cause,
      ...(complaint !== undefined && { complaint }),
      ...(code === 'LOGIN_REQUIRED' && { robotCheck: ROBOT_CHECK.test(complaint ?? '') }),
    },
  });
}
