import type { IncomingMessage, ServerResponse } from 'node:http';

export interface LoggedRequest {
  readonly server: 'pages' | 'media';
  readonly method: string;
  /** With the query string. */
  readonly path: string;
  readonly range: string | undefined;
  /** 0 until the answer began. */
  readonly status: number;
  /** Whether the connection of the answer is closed, whoever did it. */
  readonly closed: boolean;
  /** Whether the answer went out to its end. */
  readonly complete: boolean;
}

/** What was asked of the site, in order, filled in as the answers go out. */
export class RequestLog {
  readonly #entries: {
    request: IncomingMessage;
    response: ServerResponse;
    server: LoggedRequest['server'];
  }[] = [];

  add(server: LoggedRequest['server'], request: IncomingMessage, response: ServerResponse): void {
    this.#entries.push({ server, request, response });
  }

  /** @param pathPart - Only requests whose path holds this. */
  list(pathPart = ''): readonly LoggedRequest[] {
    return this.#entries
      .filter(({ request }) => request.url?.includes(pathPart) === true)
      .map(({ server, request, response }) => ({
        server,
        method: request.method ?? '',
        path: request.url ?? '',
        range: request.headers.range,
        status: response.headersSent ? response.statusCode : 0,
        closed: response.closed,
        complete: response.writableFinished,
      }));
  }

  clear(): void {
    this.#entries.length = 0;
  }
}
