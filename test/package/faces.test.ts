import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { expect, test } from 'vitest';

const manifest = JSON.parse(readFileSync('src/package.json', 'utf8')) as {
  name: string;
  exports: Record<string, string>;
  dependencies: Record<string, string>;
  peerDependencies: Record<string, string>;
};
const declared = { ...manifest.dependencies, ...manifest.peerDependencies };
const program = fileURLToPath(new URL('./loaded-packages.ts', import.meta.url));

/** Those of our dependencies that a process loads which imports this module alone. */
async function packagesOf(module: string): Promise<string[]> {
  const { stdout } = await promisify(execFile)(process.execPath, [program, module]);
  return stdout.split('\n').filter((name) => name in declared);
}

const database = ['pg', 'pino'];
/** Of which one loads the other. */
const metrics = ['@opentelemetry/api', 'prom-client'];
/** Loaded once traces are asked for. */
const traces = [
  '@opentelemetry/context-async-hooks',
  '@opentelemetry/core',
  '@opentelemetry/exporter-trace-otlp-proto',
  '@opentelemetry/resources',
  '@opentelemetry/sdk-trace-base',
  '@temporalio/interceptors-opentelemetry',
];
/** Loaded by the first file that is kept in a bucket. */
const bucket = ['@aws-sdk/client-s3', '@aws-sdk/lib-storage', '@aws-sdk/s3-request-presigner'];
const client = ['@temporalio/client', '@temporalio/common', '@temporalio/envconfig', '@temporalio/proto'];

/** What each part of the package's face costs whoever imports it. */
const faces: Record<string, string[]> = {
  '.': database,
  './errors': [],
  './settings': ['zod'],
  './workflow': ['@temporalio/common', '@temporalio/workflow'],
  './worker': [
    '@temporalio/activity',
    ...client,
    '@temporalio/worker',
    '@temporalio/workflow',
    ...database,
    ...metrics,
  ],
  './starter': [...client, ...database, ...metrics, 'zod'],
  './api': [
    '@fastify/static',
    '@fastify/swagger',
    '@fastify/swagger-ui',
    'fastify',
    'fastify-type-provider-zod',
    ...client,
    ...database,
    ...metrics,
    'zod',
  ],
  './admin': ['node-pg-migrate', ...database],
  './testing': [
    '@temporalio/activity',
    ...client,
    '@temporalio/worker',
    '@temporalio/workflow',
    'node-pg-migrate',
    ...database,
    ...metrics,
  ],
};

test('every part of the face is looked at', () => {
  expect(Object.keys(faces)).toEqual(Object.keys(manifest.exports));
});

test('every peer is needed by a part of the face', () => {
  const needed = new Set([...Object.values(faces).flat(), ...traces, ...bucket]);
  expect(Object.keys(manifest.peerDependencies).filter((peer) => !needed.has(peer))).toEqual([]);
});

test.each(Object.entries(faces))('%s loads what it needs and no more', async (face, packages) => {
  expect(await packagesOf(face.replace('.', manifest.name))).toEqual(packages.toSorted());
});

test.each(['starter', 'api', 'gateway'])('the role %s loads no worker', async (role) => {
  const loaded = await packagesOf(resolve(`server/roles/${role}.ts`));
  expect(loaded).toContain('pg');
  expect(loaded).not.toContain('@temporalio/worker');
  expect(loaded.includes('fastify')).toBe(role !== 'starter');
});
