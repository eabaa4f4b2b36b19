// Runs every role from the images that `npm run image` built, on a Postgres and a Temporal of its own: node scripts/image/try.ts STORAGE
// It migrates, converts an invoice, builds and deploys a repository, runs an agent's plan, and ends each process by SIGTERM. Builds and runs
// are in sandboxes; a worker whose container may make none does not start. A failure ends it with exit code 1. Needs Debian's runc, and root.
import { execFileSync } from 'node:child_process';
import { copyFileSync, mkdirSync, mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { stripTypeScriptTypes } from 'node:module';
import { tmpdir } from 'node:os';
import { basename, join } from 'node:path';
import { createPool, sleep } from 'pg-switchyard';
import { convert } from '../../server/dev/convert.ts';
import { demo as agentRuns } from '../../server/dev/demos/agent-runs.ts';
import { demo as builds } from '../../server/dev/demos/builds.ts';
import type { Demo } from '../../server/dev/demos/demo.ts';
import { freePort } from '../../server/dev/ports.ts';
import { startPostgres } from '../../server/dev/postgres.ts';
import { startTemporalServer } from '../../server/dev/temporal-server.ts';
import { loadSettings } from '../../server/settings.ts';
import { Container, Image } from './container.ts';
import { lookAfter, requireRefusal, requireSandboxed } from './sandboxes.ts';

const [, , storage] = process.argv;
if (storage === undefined) throw new Error('usage: node scripts/image/try.ts STORAGE');

const withinMs = 120_000;
const say = (line: string) => void process.stdout.write(`${line}\n`);
const folder = mkdtempSync(join(tmpdir(), 'switchyard-image-'));
const data = join(folder, 'data');
/** Programs of commands, by what they are called in the container: the MCP server of the agent's plan, and the end of the build. */
const programs = {
  '/app/mcp-notes.js': 'examples/mcp-notes.ts',
  '/app/look-around.js': 'scripts/image/look-around.ts',
};
/** What ends at the end, last first. */
const ending: (() => unknown)[] = [() => rmSync(folder, { recursive: true, force: true })];

async function tryImages(): Promise<void> {
  const env = await startServers();
  const starterImage = kept(new Image('switchyard:starter', String(storage)));
  const fullImage = kept(new Image('switchyard:latest', String(storage)));
  const work = {
    ...(await prepare('builds', builds)),
    ...(await prepare('agent-runs', agentRuns)),
    COMMAND_READABLE: '/app',
  };
  execFileSync('chown', ['--recursive', '1000:1000', data]);

  const roleOf = (image: Image, name: string, port: number, own: Record<string, string>) =>
    startRole(image, name, { ...env, ...work, ...own }, port);
  await migrate(starterImage, env);
  const alone = await startContainer(fullImage, 'refused', 'worker', {
    ...env,
    ...work,
    API_HOST: '0.0.0.0',
  });
  say(`without the seccomp profile the worker ends: ${await requireRefusal(alone, withinMs)}`);
  const [gatewayPort, apiPort, starterPort, workerPort] = [
    await freePort(),
    await freePort(),
    await freePort(),
    await freePort(),
  ];
  const gateway = `http://127.0.0.1:${gatewayPort}`;
  const api = `http://127.0.0.1:${apiPort}`;
  const worker = await roleOf(fullImage, 'worker', workerPort, {
    HEALTH_PORT: String(workerPort),
    GATEWAY_URL: gateway,
    COMMAND_SANDBOX: 'bwrap',
    BUILD_EGRESS: new URL(gateway).host,
    BUILD_COMMAND: lookAfter('sh build.sh', `${gateway}/health`, `${api}/health/live`),
  });
  const roles = [
    await roleOf(fullImage, 'gateway', gatewayPort, { GATEWAY_PORT: String(gatewayPort) }),
    worker,
    await roleOf(starterImage, 'starter', starterPort, { HEALTH_PORT: String(starterPort) }),
    await roleOf(starterImage, 'api', apiPort, { API_PORT: String(apiPort) }),
  ];
  await convertInvoice(api);
  await runDemo('builds', builds, String(env['DATABASE_URL']));
  const live = join(data, 'demos/builds/deployments/production/current');
  say(`the build found ${requireSandboxed(worker, live)}`);
  await runDemo('agent-runs', agentRuns, String(env['DATABASE_URL']));
  for (const role of roles.reverse()) await end(role);
}

/** Answers what the processes are told of them. */
async function startServers(): Promise<Record<string, string>> {
  const postgres = await startPostgres({
    dataDir: join(folder, 'postgres'),
    logFile: join(folder, 'postgres.log'),
    port: await freePort(),
  });
  ending.push(() => postgres.child.stop(10_000));
  const temporal = await startTemporalServer({ folder: join(folder, 'temporal'), port: await freePort() });
  ending.push(() => temporal.child.stop(10_000));
  return {
    DATABASE_URL: postgres.url,
    TEMPORAL_ADDRESS: temporal.address,
    LOG_FORMAT: 'json',
    QUEUES: 'invoices,builds,deployments,agent-runs',
  };
}

function kept(image: Image): Image {
  ending.push(() => image.remove());
  return image;
}

/** What a demo needs, below /data; its settings as the containers have them. */
async function prepare(name: string, demo: Demo): Promise<Record<string, string>> {
  const own = join(data, 'demos', name);
  mkdirSync(own, { recursive: true });
  const settings = await demo.prepare(own, loadSettings({}));
  return Object.fromEntries(
    Object.entries(settings).map(([key, value]) => [
      key,
      inContainer(value)
        .replaceAll(process.execPath, 'node')
        .replaceAll(/"[^"]*mcp-notes\.ts"/g, '"/app/mcp-notes.js"'),
    ]),
  );
}

const inContainer = (text: string) => text.replaceAll(data, '/data');

async function migrate(image: Image, env: Record<string, string>): Promise<void> {
  const began = performance.now();
  const container = await startContainer(image, 'migrate', 'migrate', env);
  expectZero('migrate', await container.ended, container.logFile);
  say(`migrate   ${Math.round(performance.now() - began)} ms`);
}

/** Of the workers the one that is called so alone may make sandboxes. */
async function startContainer(
  image: Image,
  name: string,
  role: string,
  env: Record<string, string>,
): Promise<Container> {
  const container = await Container.start({
    image,
    name: `switchyard-try-${name}`,
    command: ['node', '--max-old-space-size=128', '--max-semi-space-size=2', `server/${role}.js`],
    env,
    mounts: { '/data': data, ...programsAsJavaScript() },
    sandboxes: name === 'worker',
    folder,
  });
  ending.push(() => container.stop(1_000));
  return container;
}

function programsAsJavaScript(): Record<string, string> {
  return Object.fromEntries(
    Object.entries(programs).map(([path, source]) => {
      const file = join(folder, basename(path));
      writeFileSync(file, stripTypeScriptTypes(readFileSync(source, 'utf8')));
      return [path, file];
    }),
  );
}

async function startRole(
  image: Image,
  role: string,
  env: Record<string, string>,
  port: number,
): Promise<Container> {
  const began = performance.now();
  const container = await startContainer(image, role, role, env);
  const path = role === 'gateway' ? '/health' : '/health/ready';
  const probe = ['node', 'deploy/health.mjs', `http://127.0.0.1:${port}${path}`];
  await until(`${role} is ready`, async () => container.answers(...probe), container);
  say(`${role.padEnd(9)} ready after ${Math.round(performance.now() - began)} ms`);
  return container;
}

async function convertInvoice(api: string): Promise<void> {
  const signal = AbortSignal.timeout(withinMs);
  const job = await convert({ api, file: 'examples/plain-invoice.pdf', signal, onChange: () => undefined });
  if (job?.status !== 'complete') throw new Error(`the invoice ended as ${JSON.stringify(job)}`);
  say('an invoice was converted');
}

/** The first job of a demo, which asks nothing. */
async function runDemo(name: string, demo: Demo, connectionString: string): Promise<void> {
  const pool = createPool({ connectionString, applicationName: 'try', max: 1, onError: () => undefined });
  try {
    await pool.query(inContainer(String(demo.inserts(join(data, 'demos', name))[0])));
    await until(`the jobs of ${name} have ended`, async () => {
      const { rows } = await pool.query<{ pending: string; failed: string }>(demo.progress);
      if (Number(rows[0]?.failed) > 0)
        throw new Error(`${name}: ${JSON.stringify((await pool.query(demo.watch)).rows)}`);
      return Number(rows[0]?.pending) === 0;
    });
    say(`${name}: ${JSON.stringify((await pool.query(demo.watch)).rows)}`);
  } finally {
    await pool.end();
  }
}

async function end(container: Container): Promise<void> {
  const memory = container.memory();
  const { how, ms } = await container.stop(30_000);
  expectZero(container.name, how, container.logFile);
  say(
    `${container.name.replace('switchyard-try-', '').padEnd(9)} ended ${ms} ms after SIGTERM, ${how}; at most ${memory} MB`,
  );
}

function expectZero(name: string, how: string, logFile: string): void {
  if (how === 'exit code 0') return;
  copyFileSync(logFile, join(tmpdir(), `${name}.log`));
  throw new Error(`${name} ended with ${how}; its log is ${join(tmpdir(), `${name}.log`)}`);
}

async function until(what: string, isSo: () => Promise<boolean>, container?: Container): Promise<void> {
  const began = performance.now();
  while (!(await isSo())) {
    if (performance.now() - began > withinMs) {
      const log = container === undefined ? '' : readFileSync(container.logFile, 'utf8').slice(-2_000);
      throw new Error(`not within ${withinMs / 1000} s: ${what}\n${log}`);
    }
    await sleep(200, new AbortController().signal);
  }
}

try {
  await tryImages();
} catch (error) {
  process.stderr.write(`${(error as Error).message}\n`);
  process.exitCode = 1;
} finally {
  for (const end of ending.reverse()) await end();
}
