# The bot: no ffmpeg, no yt-dlp, no Opus. Built from the top folder:
#   docker build -f bot-client.Dockerfile -t bandstand-bot .

FROM node:24-bookworm-slim AS base
WORKDIR /app

# ---- packages; zeromq and better-sqlite3 bring their binaries, so no compiler is needed
FROM base AS packages
RUN npm install --global --no-audit --no-fund pnpm@10.34.9
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY packages/protocol/package.json packages/protocol/
COPY packages/service-kit/package.json packages/service-kit/
COPY packages/transport/package.json packages/transport/
COPY packages/bot-client/package.json packages/bot-client/
RUN --mount=type=cache,id=pnpm-store,target=/pnpm-store \
    pnpm install --prod --frozen-lockfile --store-dir /pnpm-store --package-import-method copy \
      --filter-prod "@bandstand/bot-client..."
# Sources and other platforms' binaries of the native addons are not needed to run.
RUN find node_modules/.pnpm -depth \( \
      -path '*/better-sqlite3/deps' -o -path '*/better-sqlite3/prebuilds/darwin-*' \
      -o -path '*/better-sqlite3/prebuilds/win32-*' -o -path '*/better-sqlite3/prebuilds/linuxmusl-*' \
      -o -path '*/zeromq/build/darwin' -o -path '*/zeromq/build/win32' \) -exec rm -rf {} +

# ---- what runs
FROM base
RUN mkdir /data /keys && chown node:node /data /keys
COPY --from=packages /app /app
COPY packages/protocol/src packages/protocol/src
COPY packages/service-kit/src packages/service-kit/src
COPY packages/transport/src packages/transport/src
COPY packages/bot-client/src packages/bot-client/src
ENV NODE_ENV=production \
    DATA_DIR=/data \
    BOT_HEALTH_PORT=8081
USER node
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.BOT_HEALTH_PORT}/healthz`, { signal: AbortSignal.timeout(4000) }).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
CMD ["node", "packages/bot-client/src/main.ts"]
