import { basename, extname } from 'node:path';
import { LIMITS } from '@bandstand/protocol';
import { cleanText } from '../clean-text.ts';
import type { MediaDescription } from '../inspect/media-probe.ts';
import type { MediaHead } from './media-head.ts';
import { stationName } from './station-headers.ts';

/** The best name there is for media without a page: a station's, the tags', the file's, at last the host's. */
export function mediaTitle(
  { headers }: Pick<MediaHead, 'headers'>,
  { title }: MediaDescription,
  url: URL,
): string {
  return (
    stationName(headers) ??
    title ??
    nameOf(dispositionName(headers['content-disposition'])) ??
    nameOf(decoded(url.pathname.split('/').findLast((segment) => segment !== ''))) ??
    url.hostname
  );
}

/** RFC 6266: the extended parameter before the plain one. */
function dispositionName(header: string | undefined): string | undefined {
  const extended = /filename\*\s*=\s*utf-8'[^']*'([^;]+)/i.exec(header ?? '')?.[1];
  if (extended !== undefined) return decoded(extended.trim());
  const plain = /filename\s*=\s*(?:"((?:[^"\\]|\\.)*)"|([^;]+))/i.exec(header ?? '');
  return plain?.[1]?.replace(/\\(.)/g, '$1') ?? plain?.[2]?.trim();
}

function nameOf(file: string | undefined): string | undefined {
  if (file === undefined) return undefined;
  const name = basename(file.replaceAll('\\', '/'));
  return cleanText(basename(name, extname(name)).replaceAll('_', ' '), LIMITS.titleCharacters);
}

function decoded(text: string | undefined): string | undefined {
  try {
    return text === undefined ? undefined : decodeURIComponent(text);
  } catch {
    return text; // a lone percent sign: the name as it stands
  }
}
