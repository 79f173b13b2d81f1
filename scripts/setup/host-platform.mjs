/** `linux-x64`, `darwin-arm64` …: the key of every per-platform pin. */
export const hostPlatform = `${process.platform}-${process.arch}`;
