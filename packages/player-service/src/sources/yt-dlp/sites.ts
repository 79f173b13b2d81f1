/** A web site that yt-dlp is trusted with: which of its extractors may run, and on which hosts' URLs. */
export interface Site {
  /** For `--ies`: yt-dlp's names or regular expressions. Never `generic`, which fetches any address. */
  readonly extractors: string;
  /** `example.com` covers its subdomains too; `host:port` names exactly that. */
  readonly hosts: readonly string[];
  /** Other ways to ask it, in the order in which they are tried when the usual one fails. */
  readonly variants?: readonly ClientVariant[];
}

/** The site as another of its own apps sees it. */
export interface ClientVariant {
  readonly name: string;
  /** For `--extractor-args`. */
  readonly extractorArguments: string;
}

/**
 * Clients of YouTube beside those that yt-dlp 2026.8.19 uses by itself (`visionos`, `web`): the first pair needs no scripts
 * to be run or gives ready-made playlists, the second is shown what the others are asked to sign in for.
 */
const YOUTUBE_VARIANTS: readonly ClientVariant[] = [
  { name: 'android_vr', extractorArguments: 'youtube:player_client=android_vr,web_safari' },
  { name: 'tv', extractorArguments: 'youtube:player_client=tv,web_embedded' },
];

/** The sites of a player as shipped. A URL of any other host goes to the source for direct media. */
export const SITES: readonly Site[] = [
  {
    extractors: 'youtube.*',
    hosts: ['youtube.com', 'youtu.be', 'youtube-nocookie.com'],
    variants: YOUTUBE_VARIANTS,
  },
  { extractors: 'soundcloud.*', hosts: ['soundcloud.com'] },
  { extractors: 'bandcamp.*', hosts: ['bandcamp.com'] },
  { extractors: 'mixcloud.*', hosts: ['mixcloud.com'] },
  { extractors: 'vimeo.*', hosts: ['vimeo.com'] },
  { extractors: 'audius.*', hosts: ['audius.co'] },
  { extractors: 'audiomack.*', hosts: ['audiomack.com'] },
  { extractors: 'hearthisat', hosts: ['hearthis.at'] },
  { extractors: 'jamendo.*', hosts: ['jamendo.com', 'jamendo.net'] },
  { extractors: 'archive\\.org', hosts: ['archive.org'] },
];

export function isOfSite({ hosts }: Site, url: URL): boolean {
  return hosts.some((host) => url.host === host || url.host.endsWith(`.${host}`));
}

/**
 * Reads `extractors@host+host`, as the configuration of tests and of the demo writes a site.
 *
 * @throws for anything else, or for an extractor that fetches any address.
 */
export function parseSite(text: string): Site {
  const match = /^(?<extractors>[^@,]+)@(?<hosts>[^@,]+)$/.exec(text);
  const { extractors, hosts } = match?.groups ?? {};
  if (extractors === undefined || hosts === undefined) throw new Error(`not extractors@host+host: ${text}`);
  if (/generic|all|default/i.test(extractors)) throw new Error(`extractors that fetch any address: ${text}`);
  return { extractors, hosts: hosts.split('+') };
}
