import { join, relative } from 'node:path';
import { createPool } from 'pg-switchyard';
import type { StackAddresses } from './data-dir.ts';
import { linksTo } from './links.ts';
import { checkoutDir } from './roles.ts';
import { shown } from './show.ts';

/** What is said once everything runs: links to open, addresses, and commands that can be run as they stand. */
export async function guide(
  at: StackAddresses & { databaseUrl: string },
  { dataDir, callerDir, queues }: { dataDir: string; callerDir: string; queues: readonly string[] },
): Promise<string> {
  const pool = createPool({
    connectionString: at.databaseUrl,
    applicationName: 'switchyard start',
    max: 1,
    onError: () => undefined,
  });
  const links = await linksTo(at, queues, pool).finally(() => pool.end());
  return `
Switchyard runs. Open
${links.join('\n')}

  API               ${at.api}
  Temporal Web UI   ${at.temporalUi ?? `(of ${at.temporal})`}
  Database          ${at.postgres}
  Results and logs  ${shown(dataDir)}/results, ${shown(dataDir)}/logs

Try
${toTry(at, callerDir, queues)
  .map((command) => `  ${command}`)
  .join('\n')}

Ctrl-C ends everything and keeps the data.`;
}

function toTry({ api, postgres }: StackAddresses, callerDir: string, queues: readonly string[]): string[] {
  const counts = `psql ${postgres} -c 'SELECT queue, to_status, count(*) FROM switchyard.job_events GROUP BY 1, 2 ORDER BY 1, 2'`;
  if (!queues.includes('invoices')) return [counts];
  const pdf = relative(callerDir, join(checkoutDir, 'examples/plain-invoice.pdf'));
  return [`curl -X POST ${api}/api/upload -F file=@${pdf}`, counts];
}
