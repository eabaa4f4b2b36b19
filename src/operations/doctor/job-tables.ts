import { quoteColumn } from '../../platform/database.ts';
import { indexMisfits } from '../../verify/indexes.ts';
import { shapeProblems } from '../../verify/queues.ts';
import type { Finding } from '../views.ts';
import type { Check, CheckContext } from './check.ts';
import { found } from './codes.ts';
import type { InspectedQueue } from './queues.ts';

const there = (queues: readonly InspectedQueue[]) => queues.filter(({ attributes }) => attributes.size > 0);

/** Runs `find` for each queue in turn. */
const eachQueue = async (
  queues: readonly InspectedQueue[],
  find: (queue: InspectedQueue) => Promise<Finding[]>,
) => {
  const findings: Finding[] = [];
  for (const queue of queues) findings.push(...(await find(queue)));
  return findings;
};

/** Whether each queue's table is there, with the columns that definition and registry name. */
export const jobTables: Check = {
  name: 'the job tables',
  needs: ['queues'],
  find: ({ pool, queues }) =>
    eachQueue(queues, async (queue) => {
      if (queue.attributes.size === 0) return [gone(queue)];
      const problems = queue.definition === undefined ? [] : await shapeProblems(pool, queue.definition);
      return problems.map((problem) => unfit(queue, problem));
    }),
};

const gone = ({ name, kind, table }: InspectedQueue): Finding =>
  found(
    'JOB_TABLE_GONE',
    `queue ${name}`,
    `its job table ${table} does not exist`,
    kind === 'watched'
      ? `Restore the table from a backup, or SELECT switchyard.drop_queue('${name}', force => true) and make the queue again.`
      : 'Restore the table from a backup, or run the migrations of its application.',
  );

const unfit = ({ name }: InspectedQueue, problem: string): Finding =>
  found(
    'JOB_TABLE_UNFIT',
    `queue ${name}`,
    problem,
    'Change the table, or the definition of the queue, so that they fit.',
  );

/** Whether claims find their index. Others make looks and sweeps slow. */
export const claimIndexes: Check = {
  name: 'the claim indexes',
  needs: ['queues'],
  find: ({ pool, queues }) =>
    eachQueue(there(queues), async (queue) => {
      const { definition } = queue;
      if (definition === undefined || (await shapeProblems(pool, definition)).length > 0) return [];
      return (await indexMisfits(pool, definition)).map(({ text, statements }) =>
        found(
          'CLAIM_INDEX_UNFIT',
          `queue ${queue.name}`,
          `${text}; without it each claim reads the whole table`,
          statements,
        ),
      );
    }),
};

/** The indexes of a watched queue that its claims do not need, by their names after the queue's: see `switchyard.create_job_table`. */
const otherIndexes = {
  delayed: `(run_at) WHERE status = 'queued' AND run_at IS NOT NULL`,
  in_flight: `(started_at, id) WHERE status = 'processing'`,
  cancel_requested: `(id) WHERE status = 'processing' AND cancel_requested_at IS NOT NULL`,
  failed: `(failed_at, id) WHERE status = 'failed'`,
  canceled: `(canceled_at, id) WHERE status = 'canceled'`,
  mirror_due: '(id) WHERE mirror_due',
};

export const otherJobIndexes: Check = {
  name: 'the other indexes of job tables',
  needs: ['queues'],
  async find({ pool, queues }) {
    const tables = there(queues);
    const { rows } = await pool.query<{ table: string; name: string; valid: boolean }>(indexesQuery, [
      tables.map(({ table }) => table),
    ]);
    return tables.flatMap((queue) => {
      const indexes = rows.filter(({ table }) => table === queue.table);
      const wanted = queue.kind === 'watched' ? Object.entries(otherIndexes) : [];
      const missing = wanted
        .map(([name, definition]) => ({ name: `${queue.name}_${name}_idx`, definition }))
        .filter(({ name }) => !indexes.some((index) => index.name === name));
      return [
        ...missing.map(({ name, definition }) => missingIndex(queue, name, definition)),
        ...indexes.filter(({ valid }) => !valid).map(({ name }) => invalidIndex(queue, name)),
      ];
    });
  },
};

const missingIndex = ({ name, table }: InspectedQueue, index: string, definition: string): Finding =>
  found(
    'INDEX_MISSING',
    `queue ${name}`,
    `the index "${index}" of ${table} is missing: looking for its rows reads the whole table`,
    `CREATE INDEX CONCURRENTLY ${quoteColumn(index)} ON ${table} ${definition}`,
  );

const invalidIndex = ({ name, table }: InspectedQueue, index: string): Finding =>
  found(
    'INDEX_INVALID',
    `queue ${name}`,
    `the index "${index}" of ${table} is invalid: it costs every write and serves no query`,
    `REINDEX INDEX CONCURRENTLY "${index}", or drop it when a CREATE INDEX CONCURRENTLY left it behind.`,
  );

/** $1 tables. */
const indexesQuery = `
  SELECT job_table AS table, relname::text AS name, indisvalid AND indisready AS valid
    FROM unnest($1::text[]) AS job_table
    JOIN pg_catalog.pg_index ON indrelid = to_regclass(job_table)
    JOIN pg_catalog.pg_class ON pg_class.oid = indexrelid
   ORDER BY job_table, relname`;

/** Whether the triggers that check, record and ring are there and enabled. */
export const jobTriggers: Check = {
  name: 'the triggers of job tables',
  needs: ['queues'],
  async find({ pool, queues }: CheckContext) {
    const tables = there(queues);
    const wanted = tables.flatMap((queue) => triggersOf(queue).map((trigger) => ({ queue, trigger })));
    const { rows } = await pool.query<{ place: number }>(absentTriggers, [
      wanted.map(({ queue }) => queue.table),
      wanted.map(({ trigger }) => trigger),
    ]);
    return rows.flatMap(({ place }) => {
      const { queue, trigger } = wanted[place - 1] ?? {};
      return queue === undefined || trigger === undefined ? [] : [triggerOff(queue, trigger, queue.table)];
    });
  },
};

const triggersOf = ({ kind, definition }: InspectedQueue): string[] => [
  'switchyard_before_update',
  'switchyard_after_update',
  'switchyard_after_insert',
  ...(kind === 'watched' ? ['switchyard_before_watched_update'] : []),
  ...(definition?.parking === undefined ? [] : ['switchyard_before_answer', 'switchyard_after_answer']),
];

export const triggerOff = ({ name }: InspectedQueue, trigger: string, table: string): Finding =>
  found(
    'TRIGGER_OFF',
    `queue ${name}`,
    `the trigger "${trigger}" of ${table} is missing or disabled: changes are not checked, recorded or told to starters`,
    `ALTER TABLE ${table} ENABLE TRIGGER "${trigger}"; where it is missing, make it again as the migration of the queue does.`,
  );

/** $1 tables and $2 triggers, pair by pair. Answers the places of the pairs that are not there, or do not fire. */
export const absentTriggers = `
  SELECT place::integer AS place
    FROM unnest($1::text[], $2::text[]) WITH ORDINALITY AS wanted (job_table, trigger, place)
   WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_trigger
                      WHERE tgrelid = to_regclass(job_table) AND tgname = trigger AND tgenabled IN ('O', 'A'))
   ORDER BY place`;
