import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Registry } from 'prom-client';

/** The answer of one check; what stands beside `ok` is shown to the operator. */
export interface HealthReport {
  readonly ok: boolean;
  readonly [detail: string]: unknown;
}

export interface HealthServerOptions {
  /** TCP port; 0 lets the system choose. */
  readonly port: number;
  /** Loopback unless told. */
  readonly host?: string | undefined;
  /** Is the process sane? `false` means: restart it. */
  readonly healthz: () => HealthReport;
  /** Can it do its work now? `false` means: send it none. */
  readonly readyz: () => HealthReport;
  /** What `GET /metrics` tells; without it there is no such page. */
  readonly metrics?: Registry | undefined;
}

export interface HealthServer extends AsyncDisposable {
  readonly port: number;
  close(): Promise<void>;
}

/** Answers `GET /healthz` and `GET /readyz` with 200 or 503, the report as JSON, and `GET /metrics` in Prometheus' text format. */
export async function startHealthServer(options: HealthServerOptions): Promise<HealthServer> {
  const server = createServer(
    { requestTimeout: 5_000, headersTimeout: 5_000, keepAlive: false, maxHeaderSize: 8_192 },
    (request, response) => void answer(options, request, response),
  );
  server.maxConnections = 64;
  server.listen(options.port, options.host ?? '127.0.0.1');
  await once(server, 'listening');

  let closing: Promise<void> | undefined;
  const close = () => {
    closing ??= new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
    return closing;
  };
  return { port: (server.address() as AddressInfo).port, close, [Symbol.asyncDispose]: close };
}

async function answer(
  options: HealthServerOptions,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const { metrics } = options;
  if (metrics !== undefined && isRead(request) && pathOf(request) === '/metrics') {
    return send(request, response, 200, metrics.contentType, await metrics.metrics());
  }
  const [status, report] = reportOf(options, request);
  send(request, response, status, 'application/json; charset=utf-8', JSON.stringify(report));
}

function send(
  request: IncomingMessage,
  response: ServerResponse,
  status: number,
  type: string,
  body: string,
): void {
  response.writeHead(status, {
    'content-type': type,
    'content-length': Buffer.byteLength(body),
    'cache-control': 'no-store',
    connection: 'close',
  });
  response.end(request.method === 'HEAD' ? undefined : body);
}

function isRead({ method }: IncomingMessage): boolean {
  return method === 'GET' || method === 'HEAD';
}

function pathOf({ url }: IncomingMessage): string | undefined {
  return url?.split('?', 1)[0];
}

function reportOf(options: HealthServerOptions, request: IncomingMessage): [status: number, HealthReport] {
  if (!isRead(request)) return [405, { ok: false, error: 'only GET' }];
  const path = pathOf(request);
  const check = path === '/healthz' ? options.healthz : path === '/readyz' ? options.readyz : undefined;
  if (check === undefined) return [404, { ok: false, error: 'not found' }];
  try {
    const report = check();
    return [report.ok ? 200 : 503, report];
  } catch {
    // A check that throws is itself the answer: not well. Its cause may hold anything, so it is not shown.
    return [503, { ok: false, error: 'the check failed' }];
  }
}
