# The player: the only image with media tools. Built from the top folder:
#   docker build -f player-service.Dockerfile -t bandstand-player .

FROM node:24-bookworm-slim AS base
WORKDIR /app

# ---- packages, with the compiler that @discordjs/opus needs and the final image does without
FROM base AS packages
# node-gyp takes the headers of this very Node instead of downloading them.
ENV npm_config_nodedir=/usr/local
RUN apt-get update \
 && apt-get install -y --no-install-recommends g++ make python3 \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
RUN npm install --global --no-audit --no-fund pnpm@10.34.9
COPY package.json pnpm-lock.yaml pnpm-workspace.yaml ./
COPY packages/protocol/package.json packages/protocol/
COPY packages/service-kit/package.json packages/service-kit/
COPY packages/transport/package.json packages/transport/
COPY packages/player-service/package.json packages/player-service/
RUN --mount=type=cache,id=pnpm-store,target=/pnpm-store \
    pnpm install --prod --frozen-lockfile --store-dir /pnpm-store --package-import-method copy \
      --filter-prod "@bandstand/player-service..."
# Sources and other platforms' binaries of the native addons are not needed to run.
RUN find node_modules/.pnpm -depth \( \
      -path '*/@discordjs/opus/deps' -o -path '*/@discordjs/opus/build-tmp-*' -o -path '*/better-sqlite3/deps' \
      -o -path '*/better-sqlite3/prebuilds/darwin-*' -o -path '*/better-sqlite3/prebuilds/win32-*' \
      -o -path '*/better-sqlite3/prebuilds/linuxmusl-*' \
      -o -path '*/zeromq/build/darwin' -o -path '*/zeromq/build/win32' \) -exec rm -rf {} +

# ---- yt-dlp at its pinned version, every file checked by hash
FROM base AS yt-dlp
# WITHOUT_YT_DLP_EJS=1 leaves out the solver scripts for YouTube's player, where PyPI's copy cannot be reached.
ARG WITHOUT_YT_DLP_EJS=
ARG PIP_INDEX_URL
ARG PIP_FIND_LINKS
RUN apt-get update \
 && apt-get install -y --no-install-recommends python3 python3-pip python3-venv \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin
COPY deploy/yt-dlp-requirements.txt deploy/yt-dlp-ejs-requirements.txt /tmp/
RUN python3 -m venv --without-pip /opt/yt-dlp \
 && set -- --no-cache-dir --no-deps --require-hashes --only-binary :all: -r /tmp/yt-dlp-requirements.txt \
 && if [ -z "$WITHOUT_YT_DLP_EJS" ]; then set -- "$@" -r /tmp/yt-dlp-ejs-requirements.txt; fi \
 && python3 -m pip --python /opt/yt-dlp/bin/python install "$@" \
 && /opt/yt-dlp/bin/yt-dlp --ignore-config --version

# ---- what runs
FROM base
RUN apt-get update \
 && apt-get install -y --no-install-recommends ca-certificates ffmpeg python3 util-linux \
 && rm -rf /var/lib/apt/lists/* /var/cache/apt/*.bin \
 && mkdir -p /data /keys/all /keys/bot /keys/player \
 && chown -R node:node /data /keys \
 && ffprobe -version > /dev/null && prlimit --version
COPY --from=yt-dlp /opt/yt-dlp /opt/yt-dlp
COPY --from=packages /app /app
COPY packages/protocol/src packages/protocol/src
COPY packages/service-kit/src packages/service-kit/src
COPY packages/transport/src packages/transport/src
COPY packages/player-service/src packages/player-service/src
COPY scripts/run scripts/run
# A small nursery: it is emptied in a fraction of a millisecond, where a large one holds up what is due, and 100 MB more.
ENV NODE_ENV=production \
    NODE_OPTIONS=--max-semi-space-size=1 \
    YT_DLP_PATH=/opt/yt-dlp/bin/yt-dlp \
    DATA_DIR=/data \
    PLAYER_HEALTH_PORT=8082
USER node
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
  CMD ["node", "-e", "fetch(`http://127.0.0.1:${process.env.PLAYER_HEALTH_PORT}/healthz`, { signal: AbortSignal.timeout(4000) }).then((r) => process.exit(r.ok ? 0 : 1), () => process.exit(1))"]
STOPSIGNAL SIGTERM
CMD ["node", "packages/player-service/src/main.ts"]
