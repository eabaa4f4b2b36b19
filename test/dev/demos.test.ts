import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import pg from 'pg';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { demoNames, loadDemo } from '../../server/dev/demo.ts';
import { loadSettings } from '../../server/settings.ts';
import { isAlive } from '../support/processes.ts';
import { until } from '../support/until.ts';
import { type Run, Runs, readStackFile, untilUp } from './runs.ts';

/** The demo of builds starts everything; the others use its Postgres, Temporal and gateway. */
const runs = new Runs();
let builds: Run;
let buildsFolder: string;
let parts: Record<string, string>;
/** What the run of all demos said, and the folder where it all lies. */
let all: { output: string; dataDir: string };
beforeAll(async () => {
  buildsFolder = await runs.makeDataDir();
  builds = runs.start(buildsFolder, ['--queue', 'builds']);
  await untilUp(builds);
  const { postgres = '', temporal = '', gateway = '' } = await readStackFile(buildsFolder);
  parts = { DATABASE_URL: postgres, TEMPORAL_ADDRESS: temporal, GATEWAY_URL: gateway };
  const dataDir = await runs.makeDataDir();
  const run = runs.start(dataDir, ['--queue', 'all', '--exit'], parts);
  expect(await run.ended, run.output()).toBe(1); // one of the invoices is broken, as it should be
  all = { output: run.output(), dataDir };
}, 300_000);
afterAll(() => runs.end());

/** What the demo of this queue said. */
function shown(queue: string): string {
  const from = all.output.indexOf(`── ${queue} ──`);
  const to = all.output.indexOf('── ', from + `── ${queue} ──`.length);
  return all.output.slice(from, to === -1 ? undefined : to);
}

test('builds ends with a page that is live and names its commit, and says what to try of it', async () => {
  const output = builds.output();
  const [, commit = ''] = /build 1 +succeeded +([0-9a-f]{12})/.exec(output) ?? [];
  const [, address = ''] = /(file:\/\/\S+\/production\/current\/index\.html)/.exec(output) ?? [];
  expect(await readFile(fileURLToPath(address), 'utf8')).toContain(`Commit ${commit}`);
  expect(output).toMatch(/Try\n {2}psql postgres:/);
  expect(output).not.toContain('/api/upload');
  const { api } = await readStackFile(buildsFolder);
  expect(output).toMatch(new RegExp(`The page +${api}/\n`));
  expect(output).toMatch(new RegExp(`Jobs of builds +${api}/queues/builds\n`));
  expect(output).toMatch(new RegExp(`A job to look at +${api}/queues/(builds|deployments)/jobs/\\d+\n`));
  const [, workflows = ''] = /as workflows +(http:\S+)/.exec(output) ?? [];
  expect(new URL(workflows).searchParams.get('query')).toBe('SwitchyardQueue = "builds"');
  expect((await fetch(workflows)).status).toBe(200);
});

test('uploads ends with texts beside the documents, and with a damaged one', async () => {
  const documents = join(all.dataDir, 'uploads/demo');
  const names = (await readdir(documents)).filter((name) => name.endsWith('.extracted.txt'));
  const texts = await Promise.all(names.map((name) => readFile(join(documents, name), 'utf8')));
  expect(texts.map((text) => text.length > 100)).toEqual([true, true, true]);
  expect(shown('uploads')).toMatch(/damaged\.pdf +failed .*damaged/);
});

test('capture-sessions ends with one version each of two sessions', async () => {
  const output = shown('capture-sessions');
  expect(output.match(/^session +state/gm)).toHaveLength(1); // then only what has changed
  const last = output.slice(output.lastIndexOf('session   state'));
  expect(last.match(/ done .* [0-9a-f]{12}$/gm)).toHaveLength(2);
  expect(last.match(/ canceled$/gm)).toHaveLength(1);
});

test('agent-runs ends with commits of its tools in a real repository, one of them by an answer', async () => {
  const output = shown('agent-runs');
  for (const step of ['first', 'second', 'draft', 'publish'])
    expect(output).toMatch(new RegExp(`^[0-9a-f]{7}.* ${step} of run `, 'm'));
});

test('agent-runs asks its user, waits for the answer and goes on with it', async () => {
  const run = runs.start(await runs.makeDataDir(), ['--queue', 'agent-runs'], parts);
  const asks = /Answer on the page +(http:\S+\/queues\/agent-runs\/jobs\/(\S+))\n.*by SQL +(UPDATE .*)\n/;
  const [, , , statement = ''] = await until(async () => asks.exec(run.output()) ?? undefined);
  expect(run.output()).toContain('It asks you: Which words go out?');
  const pool = new pg.Pool({ connectionString: parts['DATABASE_URL'] });
  await pool.query(statement);
  await pool.end();
  await untilUp(run);
  expect(run.output()).toMatch(/ B +succeeded +approved by SQL/);
  run.child.kill('SIGINT');
  expect(await run.ended).toBe(0);
});

test('all shows every queue, one after the other', async () => {
  const heads = [...all.output.matchAll(/── (\S+) ──/g)].map(([, name]) => name);
  expect(heads).toEqual(['invoices', 'builds', 'capture-sessions', 'uploads', 'agent-runs']);
  expect(all.output).toContain('With --exit nobody is there to answer, so the demo does');
});

test('agent-runs keeps the MCP servers that are configured', async () => {
  const own = { files: { command: 'files-server', args: ['--read'], env: { KEY: 'x' } } };
  const demo = await loadDemo('agent-runs');
  const settings = loadSettings({ MCP_SERVERS: JSON.stringify(own) });
  const prepared = await demo?.prepare(await runs.makeDataDir(), settings);
  const servers = JSON.parse(prepared?.['MCP_SERVERS'] ?? '');
  expect(servers).toMatchObject(own);
  expect(Object.keys(servers).sort()).toEqual(['files', 'notes']);
});

test('deployments has the demo of builds, of which it is', async () => {
  expect(await demoNames()).toEqual(['agent-runs', 'builds', 'capture-sessions', 'deployments', 'uploads']);
  expect(await loadDemo('deployments')).toBe(await loadDemo('builds'));
});

test('a stack ends on one SIGINT with all that it started', async () => {
  const { pids } = await readStackFile(buildsFolder);
  expect(Object.keys(pids)).toEqual(
    expect.arrayContaining(['postgres', 'temporal', 'starter', 'worker', 'api']),
  );
  builds.child.kill('SIGINT');
  expect(await builds.ended).toBe(0);
  for (const pid of Object.values(pids)) expect(await isAlive(pid)).toBe(false);
});
