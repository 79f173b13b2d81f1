import type { Route } from './route.ts';

export interface RouteMatch {
  readonly route: Route;
  readonly params: ReadonlyMap<string, string>;
}

/** Finds the route of a path; where several fit, the one with more literal segments wins. */
export class Router {
  readonly #routes: readonly { readonly route: Route; readonly segments: readonly string[] }[];

  constructor(routes: readonly Route[]) {
    const compiled = routes.map((route) => ({ route, segments: route.path.split('/') }));
    this.#routes = compiled.sort((a, b) => literals(b.segments) - literals(a.segments));
  }

  /** @param path - Without `/api/v10` and without a query, still percent-encoded. */
  match(method: string, path: string): RouteMatch | undefined {
    const given = path.split('/').map(decode);
    for (const { route, segments } of this.#routes) {
      if (route.method !== method) continue;
      const params = matchSegments(segments, given);
      if (params !== undefined) return { route, params };
    }
    return undefined;
  }
}

function matchSegments(
  segments: readonly string[],
  given: readonly string[],
): Map<string, string> | undefined {
  if (segments.length !== given.length) return undefined;
  const params = new Map<string, string>();
  for (const [i, segment] of segments.entries()) {
    const value = given[i] ?? '';
    if (segment.startsWith(':')) {
      if (value === '') return undefined;
      params.set(segment.slice(1), value);
    } else if (segment !== value) {
      return undefined;
    }
  }
  return params;
}

function literals(segments: readonly string[]): number {
  return segments.filter((segment) => !segment.startsWith(':')).length;
}

function decode(segment: string): string {
  try {
    return decodeURIComponent(segment);
  } catch {
    return segment; // a lone % is not an escape: let it match nothing rather than break the server
  }
}
