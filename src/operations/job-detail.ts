import type { Pool } from '../platform/database.ts';
import { type DatabaseTime, isoOrNull } from '../platform/database-types.ts';
import { fitForRow } from '../platform/row-text.ts';
import { standardColumns } from '../queues/standard.ts';
import { jobOf, type LedgerRow, ledgerOf, type WholeRow } from '../sql/one-job.ts';
import { badJobId, noSuchJob, readJobId } from './job-id.ts';
import { jobSummaryOf, type SummaryRow, summaryColumns } from './job-summary.ts';
import { type JobTable, jobTable } from './job-table.ts';
import { type Db, type RegisteredQueue, requireQueue } from './registered-queue.ts';
import type { JobDetail, WaitReason } from './views.ts';

/** Where Temporal's Web UI shows a namespace: `https://temporal.example/namespaces/default`. */
export type TemporalUi = string;

export interface DetailOptions {
  temporalUi?: TemporalUi | undefined;
  /** Why the job is not running; left out: nobody looks. */
  waitsOf?: (pool: Pool, queue: RegisteredQueue, id: string) => Promise<WaitReason[]>;
}

/**
 * All that is known of one job.
 * @throws {Refusal} NO_SUCH_QUEUE, BAD_JOB_ID, NO_SUCH_JOB
 */
export async function readJob(
  pool: Pool,
  queueName: string,
  id: string,
  options: DetailOptions = {},
): Promise<JobDetail> {
  const queue = await requireQueue(pool, queueName);
  const row = await findRow(pool, queue, id);
  const { rows } = await pool.query<LedgerRow>(ledgerOf, [queue.name, row.id, row.attempt]);
  const waits = (await options.waitsOf?.(pool, queue, row.id)) ?? [];
  return detailOf(queue, row, rows[0], waits, options.temporalUi);
}

type JobRow = SummaryRow & WholeRow;

async function findRow(db: Db, queue: RegisteredQueue, id: string): Promise<JobRow> {
  const jobs = jobTable(queue);
  const known = readJobId(queue, id);
  const statement = jobOf(jobs.table, summaryColumns(jobs), jobs.column('id', 'text'), jobs.typeOf('id'));
  const { rows } = await db.query<JobRow>(statement, [known]).catch((error: unknown) => {
    throw badJobId(queue, id, error);
  });
  const [row] = rows;
  if (row === undefined) throw noSuchJob(queue, id);
  return row;
}

function detailOf(
  queue: RegisteredQueue,
  row: JobRow,
  ledger: LedgerRow | undefined,
  waits: WaitReason[],
  ui: TemporalUi | undefined,
): JobDetail {
  const jobs = jobTable(queue);
  const value = (role: Parameters<JobTable['has']>[0]): unknown =>
    jobs.has(role) ? (row.whole[jobs.columns[role]] ?? null) : null;
  const text = (role: Parameters<JobTable['has']>[0]): string | null => {
    const found = value(role);
    return found === null ? null : String(found);
  };
  const summary = jobSummaryOf(queue.name, row);
  const runId = text('runId');
  const workflowId = workflowIdOf(queue, jobs, row, text('workflowId'));
  return {
    ...summary,
    workflowId,
    runId,
    taskQueue: queue.task_queue,
    startedBy: text('startedBy'),
    deadline: isoTime(value('deadline')),
    requestId: text('requestId'),
    temporalUrl:
      ui === undefined || workflowId === null || runId === null ? null : urlOf(ui, workflowId, runId),
    input: queue.kind === 'watched' ? value('input') : null,
    result: queue.kind === 'watched' ? value('result') : null,
    columns: otherColumns(jobs, row.whole),
    question: summary.status === 'parked' ? questionOf(value('question'), value('answerBy')) : null,
    waits,
    ledger: {
      inserted: summary.createdAt,
      claimed: isoOrNull(ledger?.claimed_at ?? null),
      started: summary.startedAt,
      firstActivity: null,
      ended: summary.endedAt,
      mirrored: mirroredAt(queue, row),
    },
  };
}

/** When the application's row was written last; `null`: it does not show yet how the job goes, or the queue has no mirror. */
const mirroredAt = ({ kind }: RegisteredQueue, { whole }: JobRow): string | null =>
  kind === 'watched' && whole['mirror_due'] === false ? isoTime(whole['mirrored_at']) : null;

/** UUIDs are workflow ids as they are; other ids get the queue's name before them. */
function workflowIdOf(
  queue: RegisteredQueue,
  jobs: JobTable,
  row: JobRow,
  own: string | null,
): string | null {
  if (queue.kind === 'watched') return own;
  return jobs.typeOf('id') === 'uuid' ? row.id : `${queue.name}:${row.id}`;
}

const urlOf = (ui: TemporalUi, workflowId: string, runId: string): string =>
  `${ui}/workflows/${encodeURIComponent(workflowId)}/${encodeURIComponent(runId)}/history`;

function questionOf(question: unknown, answerBy: unknown): JobDetail['question'] {
  if (typeof question !== 'object' || question === null) return null;
  const { step, message, schema } = question as Record<string, unknown>;
  return {
    step: typeof step === 'string' ? step : '',
    message: typeof message === 'string' ? message : '',
    schema: schema ?? null,
    answerBy: isoTime(answerBy),
  };
}

const mostCharacters = 1_000;

/** What of the row has no place of its own in the answer. */
function otherColumns(jobs: JobTable, whole: Record<string, unknown>): Record<string, unknown> {
  const shown = new Set<string>([...shownRoles].map((role) => jobs.columns[role]));
  const others = Object.entries(whole).filter(([name]) => !shown.has(name));
  return Object.fromEntries(others.map(([name, value]) => [name, cut(value)]));
}

const shownRoles = [
  ...(Object.keys(standardColumns) as (keyof typeof standardColumns)[]).filter(
    (role) => role !== 'completedAt' && role !== 'failedAt' && role !== 'canceledAt',
  ),
  'createdAt',
  'key',
  'label',
  'workflowId',
  'input',
  'result',
] as const;

function cut(value: unknown): unknown {
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return text.length <= mostCharacters ? value : `${fitForRow(text, mostCharacters)}…`;
}

/** A time as JSON of Postgres has it, in UTC. */
function isoTime(value: unknown): string | null {
  if (typeof value !== 'string') return null;
  const time = new Date(value);
  return isoOrNull((Number.isNaN(time.getTime()) ? value : time) as DatabaseTime);
}
