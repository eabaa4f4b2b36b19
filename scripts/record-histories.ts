import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { templateDatabase, withDatabase } from '../test/support/database-name.ts';
import { historyToJson } from '../test/support/histories.ts';
import { createPipeline } from '../test/support/pipeline.ts';
import { startTestServers } from '../test/support/servers.ts';
import { invoices, servants } from './histories/invoices.ts';
import { agentRuns, builds, captureSessions, uploads } from './histories/pipelines.ts';
import { type Scenario, startWorker } from './histories/scenario.ts';

/**
 * Records the histories of `test/histories` (all, or those that are named): each scenario runs one job through the real starter, worker, Postgres,
 * Temporal and a local gateway. What it does not do: judge them; `test/server/replay.test.ts` does.
 */
const checkout = fileURLToPath(new URL('..', import.meta.url));
const folder = join(checkout, 'test/histories');

/** By the name of their file. */
const scenarios: Record<string, Scenario> = {
  ...invoices,
  ...servants,
  ...uploads,
  ...captureSessions,
  ...builds,
  ...agentRuns,
};

async function record(
  name: string,
  servers: { databaseUrl: string; temporalAddress: string },
): Promise<void> {
  const run = scenarios[name];
  if (run === undefined) throw new Error(`no scenario is called "${name}"`);
  const pipeline = await createPipeline(servers);
  try {
    await startWorker(pipeline);
    const handle = pipeline.workflow(await run(pipeline));
    await handle.result().catch(() => undefined); // how it ended is what is recorded
    const history = historyToJson(await handle.fetchHistory());
    // Stack traces and messages name files by where checkout and folder happen to lie.
    const text = JSON.stringify(history, null, 1)
      .replaceAll(checkout, '/app/')
      .replaceAll(pipeline.folder, '/data');
    await writeFile(join(folder, `${name}.json`), `${text}\n`);
    process.stdout.write(`${name}.json: ${history.events.length} events\n`);
  } finally {
    await pipeline.close();
  }
}

const servers = await startTestServers(await mkdtemp(join(tmpdir(), 'switchyard-histories-')));
try {
  const databaseUrl = withDatabase(servers.postgresUrl, templateDatabase);
  const names = process.argv.slice(2);
  for (const name of names.length > 0 ? names : Object.keys(scenarios)) {
    await record(name, { databaseUrl, temporalAddress: servers.temporalAddress });
  }
} finally {
  await servers.stop();
}
