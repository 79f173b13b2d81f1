import type { UploadedFile } from '../world/message-content.ts';
import type { ApplicationRecord } from '../world/records.ts';

export type Method = 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';

/** One REST call after parsing. */
export interface RestCall {
  /** Path parameters by name; a name that the route does not have is a bug and throws. */
  param(name: string): string;
  readonly query: URLSearchParams;
  /** The JSON body, or `payload_json` of a multipart body; `undefined` without a body. */
  readonly body: unknown;
  readonly files: readonly UploadedFile[];
}

export interface RestAnswer {
  readonly status: number;
  /** Sent as JSON; a Buffer is sent as it is; `undefined` sends no body and no content type. */
  readonly body?: unknown;
  readonly contentType?: string;
}

/** So many calls in so long, per bot and per major parameter (channel, guild, webhook). */
export interface RouteLimit {
  readonly calls: number;
  readonly windowMs: number;
}

interface RouteBase {
  readonly method: Method;
  /** `:name` stands for one segment. */
  readonly path: string;
  readonly limit: RouteLimit;
}

export interface BotRoute extends RouteBase {
  readonly auth: 'bot';
  readonly handle: (call: RestCall, bot: ApplicationRecord) => RestAnswer;
}

/** Needs no bot token: either public, or the token is in the path. */
export interface OpenRoute extends RouteBase {
  readonly auth: 'none';
  readonly handle: (call: RestCall) => RestAnswer;
}

export type Route = BotRoute | OpenRoute;

/** Discord does not publish its limits; these are what its headers usually say. */
const DEFAULT_LIMIT: RouteLimit = { calls: 50, windowMs: 1000 };

export function botRoute(
  method: Method,
  path: string,
  handle: BotRoute['handle'],
  limit = DEFAULT_LIMIT,
): BotRoute {
  return { auth: 'bot', method, path, handle, limit };
}

export function openRoute(
  method: Method,
  path: string,
  handle: OpenRoute['handle'],
  limit = DEFAULT_LIMIT,
): OpenRoute {
  return { auth: 'none', method, path, handle, limit };
}

export const ok = (body: unknown): RestAnswer => ({ status: 200, body });
export const created = (body: unknown): RestAnswer => ({ status: 201, body });
/** No body and no content type: clients try to parse an empty JSON body otherwise. */
export const noContent = (): RestAnswer => ({ status: 204 });

/** How the route is named in faults and in the call log. */
export function routeName({ method, path }: Pick<Route, 'method' | 'path'>): string {
  return `${method} ${path}`;
}
