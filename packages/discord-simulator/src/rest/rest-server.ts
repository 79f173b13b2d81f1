import type { IncomingMessage, ServerResponse } from 'node:http';
import { RESTJSONErrorCodes } from 'discord-api-types/v10';
import type { CallLog, UnexpectedKind } from '../call-log.ts';
import type { Clock } from '../clock.ts';
import type { RestFault, RestFaults } from '../faults.ts';
import type { ApplicationRecord } from '../world/records.ts';
import { ApiError, noSuchRoute, unauthorized } from './api-error.ts';
import { limited, RateLimiter } from './rate-limiter.ts';
import { type RequestBody, readBody } from './request-body.ts';
import { type RestAnswer, type Route, routeName } from './route.ts';
import { type RouteMatch, Router } from './router.ts';

export interface RestServerOptions {
  readonly routes: readonly Route[];
  readonly faults: RestFaults;
  readonly log: CallLog;
  readonly clock: Clock;
  /** @returns The bot that owns the token. */
  readonly botOf: (token: string) => ApplicationRecord | undefined;
}

interface Exchange {
  readonly request: IncomingMessage;
  readonly response: ServerResponse;
  readonly path: string;
  readonly query: URLSearchParams;
  readonly match: RouteMatch | undefined;
  readonly bot: ApplicationRecord | undefined;
  body: RequestBody;
}

const REFUSED_ANSWERS: readonly number[] = [
  RESTJSONErrorCodes.UnknownInteraction,
  RESTJSONErrorCodes.InteractionHasAlreadyBeenAcknowledged,
  RESTJSONErrorCodes.InvalidWebhookToken,
];

/** Discord's REST API v10 over plain HTTP: `/api/v10/…`. */
export class RestServer {
  readonly #options: RestServerOptions;
  readonly #router: Router;
  readonly #limiter: RateLimiter;

  constructor(options: RestServerOptions) {
    this.#options = options;
    this.#router = new Router(options.routes);
    this.#limiter = new RateLimiter(options.clock);
  }

  /** Request listener of an HTTP server. Never throws: whatever happens becomes an answer and a log entry. */
  handle(request: IncomingMessage, response: ServerResponse): void {
    void this.#serve(request, response).catch((error: unknown) => {
      const clientWentAway = request.destroyed && !request.complete;
      if (clientWentAway) return;
      this.#unexpected(
        'simulatorBug',
        error instanceof Error ? (error.stack ?? error.message) : String(error),
      );
      response.destroy();
    });
  }

  async #serve(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const url = new URL(request.url ?? '/', 'http://localhost');
    const path = url.pathname.replace(/^\/api(?=\/|$)/, '').replace(/^\/v10(?=\/|$)/, '');
    const match = this.#router.match(request.method ?? 'GET', path);
    const bot = this.#options.botOf(request.headers.authorization?.replace(/^Bot /, '') ?? '');
    const body: RequestBody = { json: undefined, files: [] };
    const exchange: Exchange = { request, response, path, query: url.searchParams, match, bot, body };

    const fault = match && this.#options.faults.take(routeName(match.route), `${request.method} ${path}`);
    if (fault !== undefined && (await this.#misbehave(exchange, fault))) return;
    await this.#answer(exchange);
  }

  /** @returns Whether the call is dealt with. */
  async #misbehave(exchange: Exchange, fault: RestFault): Promise<boolean> {
    switch (fault.kind) {
      case 'slow':
        await new Promise<void>((resolve) => this.#options.clock.after(fault.delayMs, resolve));
        return false;
      case 'disconnect':
        exchange.request.socket.destroy();
        this.#record(exchange, 0, undefined);
        return true;
      case 'status':
        exchange.body = await readBody(exchange.request);
        this.#send(exchange, { status: fault.status }, {});
        return true;
      case 'rateLimit':
        exchange.body = await readBody(exchange.request);
        this.#sendLimited(exchange, fault.retryAfterMs, fault.scope, {});
        return true;
    }
  }

  async #answer(exchange: Exchange): Promise<void> {
    const { match, bot, request } = exchange;
    let headers: Readonly<Record<string, string>> = {};
    try {
      exchange.body = await readBody(request);
      if (match === undefined) throw noSuchRoute();
      if (match.route.auth === 'bot' && bot === undefined) throw unauthorized();

      const verdict = this.#limiter.take(match, bot?.id ?? 'anonymous');
      headers = verdict.headers;
      if (verdict.retryAfterMs !== undefined) {
        this.#sendLimited(exchange, verdict.retryAfterMs, verdict.scope ?? 'user', headers);
        return;
      }
      this.#send(exchange, this.#call(exchange, match), headers);
    } catch (error) {
      if (!(error instanceof ApiError)) throw error;
      this.#judge(exchange, error);
      this.#send(exchange, { status: error.status, body: error.body }, headers);
    }
  }

  #call({ query, body, bot }: Exchange, { route, params }: RouteMatch): RestAnswer {
    const call = {
      query,
      body: body.json,
      files: body.files,
      param(name: string): string {
        const value = params.get(name);
        if (value === undefined) throw new Error(`bug: ${route.path} has no parameter ${name}`);
        return value;
      },
    };
    if (route.auth === 'none') return route.handle(call);
    if (bot === undefined) throw unauthorized();
    return route.handle(call, bot);
  }

  #sendLimited(
    exchange: Exchange,
    retryAfterMs: number,
    scope: 'user' | 'global' | 'shared',
    headers: Readonly<Record<string, string>>,
  ): void {
    const body = {
      message: 'You are being rate limited.',
      retry_after: retryAfterMs / 1000,
      global: scope === 'global',
    };
    this.#send(exchange, { status: 429, body }, { ...headers, ...limited(retryAfterMs, scope).headers });
  }

  #send(exchange: Exchange, answer: RestAnswer, headers: Readonly<Record<string, string>>): void {
    const { response } = exchange;
    this.#record(exchange, answer.status, answer.body);
    response.writeHead(answer.status, {
      ...headers,
      ...(answer.body === undefined ? {} : { 'content-type': answer.contentType ?? 'application/json' }),
    });
    if (answer.body === undefined) response.end();
    else response.end(Buffer.isBuffer(answer.body) ? answer.body : JSON.stringify(answer.body));
  }

  #record(exchange: Exchange, status: number, responseBody: unknown): void {
    this.#options.log.add({
      kind: 'rest',
      atMs: this.#options.clock.now(),
      method: exchange.request.method ?? 'GET',
      route: exchange.match?.route.path ?? null,
      path: withoutToken(exchange),
      status,
      requestBody: exchange.body.json,
      responseBody: Buffer.isBuffer(responseBody) ? `${responseBody.length} bytes` : responseBody,
      applicationId: exchange.bot?.id ?? null,
    });
  }

  #judge(exchange: Exchange, error: ApiError): void {
    const what = `${exchange.request.method} ${withoutToken(exchange)}`;
    if (exchange.match === undefined) this.#unexpected('unknownRoute', what);
    else if (REFUSED_ANSWERS.includes(error.code))
      this.#unexpected('refusedAnswer', `${what}: ${error.message}`);
    else if (error.status === 401) this.#unexpected('unauthorised', `${what}: ${error.message}`);
    else if (error.status === 400 || error.status === 413) {
      this.#unexpected('invalidPayload', `${what}: ${JSON.stringify(error.body)}`);
    }
  }

  #unexpected(kind: UnexpectedKind, message: string): void {
    this.#options.log.addUnexpected({ kind, atMs: this.#options.clock.now(), message });
  }
}

function withoutToken({ match, path }: Exchange): string {
  const token = match?.params.get('token');
  return token === undefined ? path : path.replace(token, ':token');
}
