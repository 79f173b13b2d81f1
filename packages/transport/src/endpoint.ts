const TCP = /^tcp:\/\/(\[[0-9a-fA-F:.%\w]+\]|[^\s:;/[\]]+):(\d{1,5}|\*)$/;
const IPC = /^ipc:\/\/(.+)$/;
/** sun_path holds 108 bytes, the last one a NUL. */
const MAX_IPC_PATH_BYTES = 107;

/** Where a socket listens or connects: `tcp://host:port` (`*` = any free port, to bind only) or `ipc:///path`. */
export type Endpoint =
  | { readonly transport: 'tcp'; readonly host: string; readonly port: string }
  | { readonly transport: 'ipc'; readonly path: string };

/** @throws {@link Error} when the text is no endpoint this project uses. */
export function parseEndpoint(text: string): Endpoint {
  const [, host, port] = TCP.exec(text) ?? [];
  if (host !== undefined && port !== undefined && (port === '*' || Number(port) <= 65_535)) {
    return { transport: 'tcp', host, port };
  }
  const [, path] = IPC.exec(text) ?? [];
  if (path !== undefined && Buffer.byteLength(path) <= MAX_IPC_PATH_BYTES) return { transport: 'ipc', path };
  throw new Error(
    `not an endpoint: ${JSON.stringify(text)} (expected tcp://host:port, or ipc://path of at most ${MAX_IPC_PATH_BYTES} bytes)`,
  );
}

/** Whether only this machine can be at the other end. A host *name* other than localhost is never taken as local. */
export function isLocal(endpoint: Endpoint): boolean {
  if (endpoint.transport === 'ipc') return true;
  const host = endpoint.host.toLowerCase();
  return host === 'localhost' || host === '[::1]' || /^127\.\d{1,3}\.\d{1,3}\.\d{1,3}$/.test(host);
}
