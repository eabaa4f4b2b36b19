// `npm run temporal-authorization`: starter and worker on a real Temporal cluster that asks for a client certificate and an API key, as Temporal
// Cloud does. The key may write in one namespace, and nothing else. Builds the Temporal server once (npm run temporal-cluster says how).
import { mkdirSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Connection, isGrpcServiceError } from '@temporalio/client';
import { sleep } from 'pg-switchyard';
import { searchAttributeNames } from 'pg-switchyard/starter';
import pino from 'pino';
import { convert } from '../../server/dev/convert.ts';
import { freePort } from '../../server/dev/ports.ts';
import { startPostgres } from '../../server/dev/postgres.ts';
import { type Role, startRole } from '../../server/dev/roles.ts';
import { startTemporalCluster } from '../../server/dev/temporal-cluster/start.ts';
import { migrateAll } from '../../server/migrations.ts';
import { loadSettings } from '../../server/settings.ts';
import { type Access, makeAccess } from './access.ts';

const namespace = 'default';
/** `INDEXED_VALUE_TYPE_KEYWORD` of temporal.api.enums.v1. */
const keywordType = 2;
const withinMs = 120_000;
const graceMs = 30_000;
const forever = new AbortController().signal;
const say = (line: string) => void process.stdout.write(`${line}\n`);
const folder = mkdtempSync(join(tmpdir(), 'switchyard-authorization-'));
/** What ends at the end, last first. */
const ending: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];

async function main(): Promise<void> {
  mkdirSync(join(folder, 'access'));
  const access = makeAccess(join(folder, 'access'));
  const cluster = await startTemporalCluster({
    folder: join(folder, 'temporal'),
    access: access.cluster,
    say,
  });
  ending.push(() => cluster.stop(20_000));
  say(`Temporal answers at ${cluster.address}: it wants a client certificate and a token`);
  await showRefusals(cluster.address, access);

  const env = { ...(await startDatabase()), ...temporalEnv(cluster.address, access) };
  const [apiPort, gatewayPort] = [await freePort(), await freePort()];
  const gateway = `http://127.0.0.1:${gatewayPort}`;
  await start('gateway', { ...env, GATEWAY_PORT: String(gatewayPort) }, `${gateway}/health`);
  for (const role of ['worker', 'starter'] as const) {
    const port = await freePort();
    const own = { HEALTH_PORT: String(port), GATEWAY_URL: gateway };
    await start(role, { ...env, ...own }, `http://127.0.0.1:${port}/health/ready`);
  }
  const api = `http://127.0.0.1:${apiPort}`;
  await start('api', { ...env, API_PORT: String(apiPort) }, `${api}/health/ready`);

  await convertInvoice(api);
  say(`the worker says: ${lineWith('worker', 'lacks search attributes')}`);
  await addSearchAttributes(cluster.adminAddress);
  await untilFound(cluster.address, access, api);
}

/** Certificate and key are files, as a Secret of Kubernetes is mounted. */
const temporalEnv = (address: string, { cluster, client, tokenFor }: Access) => ({
  TEMPORAL_ADDRESS: address,
  TEMPORAL_NAMESPACE: namespace,
  TEMPORAL_API_KEY: tokenFor(`${namespace}:write`),
  TEMPORAL_TLS_CLIENT_CERT_PATH: client.certificate,
  TEMPORAL_TLS_CLIENT_KEY_PATH: client.privateKey,
  TEMPORAL_TLS_SERVER_CA_CERT_PATH: cluster.authority,
});

function connectionOf(address: string, access: Access, apiKey?: string): Connection {
  const { client, cluster } = access;
  const [crt, key, ca] = [client.certificate, client.privateKey, cluster.authority].map((path) =>
    readFileSync(path),
  );
  const pair = { crt: crt as Buffer, key: key as Buffer };
  return Connection.lazy({
    address,
    tls: { clientCertPair: pair, serverRootCACertificate: ca as Buffer },
    ...(apiKey !== undefined && { apiKey }),
  });
}

/** That the server does refuse: no token, a token for another namespace, and what needs an administrator. */
async function showRefusals(address: string, access: Access): Promise<void> {
  const none = connectionOf(address, access);
  const other = connectionOf(address, access, access.tokenFor('another:write'));
  const own = connectionOf(address, access, access.tokenFor(`${namespace}:write`));
  const count = (connection: Connection) => connection.workflowService.countWorkflowExecutions({ namespace });
  const add = () =>
    own.operatorService.addSearchAttributes({ namespace, searchAttributes: { Mine: keywordType } });
  try {
    say(`without a token: ${await refusalOf(() => count(none))}`);
    say(`with a token for another namespace: ${await refusalOf(() => count(other))}`);
    say(`with ${namespace}:write, to add a search attribute: ${await refusalOf(add)}`);
  } finally {
    for (const connection of [none, other, own]) await connection.close();
  }
}

/** @throws when it is not refused */
async function refusalOf(call: () => Promise<unknown>): Promise<string> {
  try {
    await call();
  } catch (error) {
    if (isGrpcServiceError(error)) return error.message;
    throw error;
  }
  throw new Error('the cluster allows what it must refuse');
}

async function startDatabase(): Promise<Record<string, string>> {
  const files = { dataDir: join(folder, 'postgres'), logFile: join(folder, 'postgres.log') };
  const { url, child } = await startPostgres({ ...files, port: await freePort() });
  ending.push(() => child.stop(10_000));
  await migrateAll(url, pino({ level: 'silent' }), loadSettings({}));
  return {
    PATH: String(process.env['PATH']),
    HOME: folder,
    DATABASE_URL: url,
    UPLOAD_ROOT: join(folder, 'uploads'),
    RESULT_ROOT: folder,
    STAGING_ROOT: join(folder, 'staging'),
    LOG_FORMAT: 'json',
  };
}

const logOf = (role: Role) => join(folder, `${role}.log`);

async function start(role: Role, env: Record<string, string>, readyUrl: string): Promise<void> {
  const child = await startRole({ role, env, readyUrl, logFile: logOf(role) });
  say(`${role} is ready`);
  ending.push(async () => {
    await child.stop(graceMs);
    say(`${role} ended: ${await child.ended}`);
  });
}

function lineWith(role: Role, words: string): string {
  const line = readFileSync(logOf(role), 'utf8')
    .split('\n')
    .find((text) => text.includes(words));
  if (line === undefined) throw new Error(`the log of the ${role} has no line with "${words}"`);
  const { msg, why } = JSON.parse(line) as { msg: string; why: string };
  return `${msg} (${why})`;
}

async function convertInvoice(api: string): Promise<void> {
  const signal = AbortSignal.timeout(withinMs);
  const job = await convert({ api, file: 'examples/plain-invoice.pdf', signal, onChange: () => undefined });
  if (job?.status !== 'complete') throw new Error(`the invoice ended as ${JSON.stringify(job)}`);
  say('an invoice was converted');
}

/** As an administrator does, once. */
async function addSearchAttributes(adminAddress: string): Promise<void> {
  const connection = Connection.lazy({ address: adminAddress });
  const searchAttributes = Object.fromEntries(searchAttributeNames.map((name) => [name, keywordType]));
  try {
    await connection.operatorService.addSearchAttributes({ namespace, searchAttributes });
    say('an administrator made the search attributes');
  } finally {
    await connection.close();
  }
}

/** Converts invoices until one is found in Temporal by its queue: processes look for the search attributes now and then. */
async function untilFound(address: string, access: Access, api: string): Promise<void> {
  const connection = connectionOf(address, access, access.tokenFor(`${namespace}:read`));
  const query = "SwitchyardQueue = 'invoices'";
  const began = performance.now();
  try {
    while (performance.now() - began < withinMs) {
      await convertInvoice(api);
      await sleep(5_000, forever);
      const { count } = await connection.workflowService.countWorkflowExecutions({ namespace, query });
      if (Number(count) > 0) return say(`found in Temporal by ${query}: ${count}`);
    }
    throw new Error(`no workflow is found by ${query} within ${withinMs / 1000} s`);
  } finally {
    await connection.close();
  }
}

try {
  await main();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  for (const end of ending.reverse()) await end();
}
