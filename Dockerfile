# One image for every process; the command says which: node src/worker/main.ts (see docker-compose.yml).
# Debian, not Alpine: Temporal's native core needs glibc.

FROM node:24-bookworm-slim AS build
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --ignore-scripts
COPY src ./src
# The workflows, bundled once for all workers.
RUN node src/worker/bundle.ts dist/workflows.js

FROM node:24-bookworm-slim AS packages
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
# Optional packages are the embedded Postgres of `npm start` and what bundles workflows: neither is needed any more.
RUN npm ci --omit=dev --omit=optional --ignore-scripts && npm cache clean --force

FROM node:24-bookworm-slim
ENV NODE_ENV=production \
    WORKFLOW_BUNDLE=/app/dist/workflows.js \
    UPLOAD_ROOT=/data/uploads \
    RESULT_ROOT=/data \
    STAGING_ROOT=/data/staging
WORKDIR /app
# Nothing of a package manager is left: the image runs programs and installs none.
RUN rm -rf /usr/local/lib/node_modules /usr/local/bin/npm /usr/local/bin/npx /usr/local/bin/corepack /opt/yarn* \
 && mkdir -p /data/uploads /data/results /data/staging && chown -R node:node /data
COPY --from=packages /app/node_modules ./node_modules
COPY --from=build /app/dist ./dist
COPY package.json LICENSE ./
COPY src ./src
COPY migrations ./migrations
COPY mappings ./mappings
USER node
VOLUME /data
# No CMD of its own: a container that does not say what it is should not start as something else.
ENTRYPOINT ["docker-entrypoint.sh"]
