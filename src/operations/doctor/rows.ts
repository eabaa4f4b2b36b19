import type { Client } from '@temporalio/client';
import { quoteColumn, quoteLiteral } from '../../platform/database.ts';
import { eachSideBySide } from '../../platform/side-by-side.ts';
import { attemptOf } from '../../sql/names.ts';
import type { Finding } from '../views.ts';
import type { Check } from './check.ts';
import { found } from './codes.ts';
import { type InspectedQueue, sqlOf, withColumns } from './queues.ts';
import { msOf, orMissing } from './temporal-answers.ts';

/** Of each queue so many of the rows that are longest in flight are compared with Temporal. */
const comparedRows = 10;
const describesAtOnce = 8;

interface InFlight {
  queue: InspectedQueue;
  id: string;
  workflowId: string;
}

/** Rows in flight whose workflow is closed or gone. */
export const workflowsGone: Check = {
  name: 'the workflows of jobs in flight',
  needs: ['queues', 'temporal'],
  async find({ pool, client, queues, limits, now }) {
    const rows: InFlight[] = [];
    for (const queue of withColumns(queues, 'id', 'status', 'startedAt')) {
      const answer = await pool.query<{ id: string; workflow_id: string }>(longestInFlight(queue), [
        limits.settledMs,
        comparedRows,
      ]);
      rows.push(...answer.rows.map(({ id, workflow_id }) => ({ queue, id, workflowId: workflow_id })));
    }
    const findings: Finding[] = [];
    await eachSideBySide(rows, describesAtOnce, async (row) => {
      const why = await closedFor(client, row.workflowId, now() - limits.settledMs);
      if (why !== undefined) findings.push(gone(row, why));
    });
    return findings;
  },
};

const gone = ({ queue, id, workflowId }: InFlight, why: string): Finding =>
  found(
    'WORKFLOW_GONE',
    `job ${id} of queue ${queue.name}`,
    `it is in flight, and its workflow ${JSON.stringify(workflowId)} ${why}`,
    'The reconciler (or the starter, of a watched queue) ends such rows: see what RECONCILER_…, NO_STARTER or ROW_REFUSED say.',
  );

/** $1 milliseconds in flight, $2 how many. */
function longestInFlight(queue: InspectedQueue): string {
  const { table, c, s } = sqlOf(queue);
  const prefix = quoteLiteral(queue.definition?.idType === 'uuid' ? '' : `${queue.name}:`);
  const workflowId = queue.kind === 'watched' ? 'workflow_id' : `${prefix} || ${c.id}::text`;
  return `
    SELECT ${c.id}::text AS id, ${workflowId} AS workflow_id
      FROM ${table}
     WHERE ${c.status} = ${s.inFlight} AND ${c.startedAt} < clock_timestamp() - $1 * interval '1 millisecond'
     ORDER BY ${table}.${c.startedAt}
     LIMIT $2`;
}

async function closedFor(client: Client, workflowId: string, before: number): Promise<string | undefined> {
  const answer = await orMissing(
    client.workflowService.describeWorkflowExecution({
      namespace: client.options.namespace,
      execution: { workflowId },
    }),
  );
  if (answer === undefined) return 'does not exist in Temporal';
  const closed = answer.workflowExecutionInfo?.closeTime;
  return closed != null && msOf(closed) < before
    ? `closed at ${new Date(msOf(closed)).toISOString()}`
    : undefined;
}

interface Refused {
  code: 'START_REFUSED' | 'ID_TAKEN';
  jobs: number;
  id: string;
  reason: string | null;
}

/** Waiting rows whose start was refused again and again. They gather at the front: others pass them. */
export const refusedStarts: Check = {
  name: 'jobs whose start is refused',
  needs: ['queues'],
  async find({ pool, queues, limits }) {
    const findings: Finding[] = [];
    for (const queue of withColumns(queues, 'id', 'status', 'attempt', 'runAt')) {
      const { rows } = await pool.query<Refused>(refusedQuery(queue), [limits.refusals]);
      findings.push(...rows.map((row) => refused(queue, row)));
    }
    return findings;
  },
};

const refused = ({ name }: InspectedQueue, { code, jobs, id, reason }: Refused): Finding =>
  found(
    code,
    `queue ${name}`,
    `the start of ${jobs} waiting jobs is refused again and again, job ${id} at last: ${(reason ?? 'no reason').slice(0, 500)}`,
    code === 'ID_TAKEN'
      ? 'Another workflow has the workflow id: end it, or give the job another one.'
      : 'Mend the row, the table or the definition as the reason says; the row is tried again every 10 minutes.',
  );

/** $1 how often. Of the thousand rows that are next; of any thousand where no definition says which index has them in order. */
function refusedQuery(queue: InspectedQueue): string {
  const { table, c, s } = sqlOf(queue);
  return `
    SELECT code, count(*)::integer AS jobs, (array_agg(id ORDER BY last DESC))[1] AS id, (array_agg(detail ORDER BY last DESC))[1] AS reason
      FROM (SELECT ${c.id}::text AS id, ${attemptOf(c.attempt)} AS attempt
              FROM ${table} WHERE ${c.status} = ${s.waiting} AND ${c.runAt} IS NULL ${orderOf(queue)} LIMIT 1000) AS waiting,
           LATERAL (SELECT (array_agg(event.code ORDER BY event.id DESC))[1] AS code, (array_agg(event.detail ORDER BY event.id DESC))[1] AS detail,
                           max(event.id) AS last
                      FROM switchyard.job_events AS event
                     WHERE event.queue = ${quoteLiteral(queue.name)} AND event.job_id = waiting.id AND event.attempt = waiting.attempt
                       AND event.code IN ('START_REFUSED', 'ID_TAKEN')
                    HAVING count(*) >= $1) AS refused
     GROUP BY code
     ORDER BY code`;
}

function orderOf({ definition }: InspectedQueue): string {
  if (definition === undefined) return '';
  const terms = definition.order.map(({ column, direction }) => `${quoteColumn(column)} ${direction}`);
  return `ORDER BY ${terms.join(', ')}`;
}
