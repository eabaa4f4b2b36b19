import { execFile, execFileSync } from 'node:child_process';
import { chmod, mkdir, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { DataDir } from '../../../server/dev/data-dir.ts';
import { Stack } from '../../../server/dev/stack.ts';
import { loadSettings } from '../../../server/settings.ts';
import { silentLogger } from '../../support/logger.ts';
import { folderForServers } from '../../support/servers.ts';

export interface PageStack {
  /** Where the page is. */
  url: string;
  databaseUrl: string;
  temporalAddress: string;
  /** A git repository that can be built. */
  site: string;
}

declare module 'vitest' {
  interface ProvidedContext {
    pageStack: PageStack;
  }
}

const run = promisify(execFile);
const server = join(import.meta.dirname, '../../../pipelines/agent-runs/test/support/mcp-server.ts');
const anyPorts = {
  API_PORT: '0',
  GATEWAY_PORT: '0',
  POSTGRES_PORT: '0',
  TEMPORAL_PORT: '0',
  TEMPORAL_UI_PORT: '0',
};

/** What `npm start` starts, once for all tests of the page, with the page built and all pipelines at work. */
export default async function setup(project: TestProject): Promise<() => Promise<void>> {
  execFileSync(process.execPath, ['scripts/build-page.ts'], { stdio: 'inherit' });
  const folder = await folderForServers('switchyard-page-');
  await chmod(folder, 0o755); // Postgres may run as another user
  const [site, repository] = [join(folder, 'site'), join(folder, 'agents')];
  await makeRepository(site, { 'build.sh': buildScript, 'page.html': '<h1>It is live</h1>\n' });
  await makeRepository(repository, { 'README.md': 'Notes of the agents.\nOne a line.\n' });
  const env = {
    ...withoutServers(process.env),
    ...anyPorts,
    QUEUES: 'invoices,uploads,capture-sessions,builds,deployments,agent-runs',
    AGENT_REPOSITORY: repository,
    AGENT_WORKSPACES: join(folder, 'workspaces'),
    MCP_SERVERS: JSON.stringify({ tools: { command: process.execPath, args: [server] } }),
    BUILD_LOCAL_ROOTS: folder,
    COMMAND_SANDBOX: 'off', // builds are looked at from outside
    BUILD_ROOT: join(folder, 'builds'),
    DEPLOY_ROOT: join(folder, 'deployments'),
  };
  const dataDir = await DataDir.take(join(folder, 'data'), () => undefined);
  const stack = new Stack({
    settings: loadSettings(env),
    env,
    dataDir,
    log: silentLogger,
    say: () => undefined,
  });
  const stop = async () => {
    await stack.stop();
    await dataDir.release();
    if (!process.env['KEEP_STACK']) await rm(folder, { recursive: true, force: true });
  };
  try {
    for (const step of stack.steps) await step.run();
  } catch (error) {
    await stop();
    throw error;
  }
  project.provide('pageStack', {
    url: stack.addresses.api,
    databaseUrl: stack.databaseUrl,
    temporalAddress: stack.addresses.temporal,
    site,
  });
  return stop;
}

/** Talks for a while, so that its log can be seen to grow. */
const buildScript = `set -e
echo "building $BUILD_COMMIT"
sleep 1
mkdir dist
cp page.html dist/index.html
echo "built it"
`;

async function makeRepository(folder: string, files: Record<string, string>): Promise<void> {
  const git = (...args: string[]) =>
    run('git', ['-C', folder, '-c', 'user.name=Test', '-c', 'user.email=test@example.org', ...args]);
  await mkdir(folder, { recursive: true });
  await git('init', '--quiet', '--initial-branch=main');
  for (const [name, text] of Object.entries(files)) await writeFile(join(folder, name), text);
  await git('add', '--all');
  await git('commit', '--quiet', '--message=The beginning');
}

/** What is named there would be used instead of started. */
function withoutServers(env: NodeJS.ProcessEnv): NodeJS.ProcessEnv {
  const named = ['DATABASE_URL', 'POSTGRES_DSN', 'TEST_DATABASE_URL', 'TEMPORAL_ADDRESS', 'GATEWAY_URL'];
  return Object.fromEntries(Object.entries(env).filter(([name]) => !named.includes(name)));
}
