import type { Finding } from '../views.ts';
import type { Check } from './check.ts';
import { found } from './codes.ts';
import { absentTriggers, triggerOff } from './job-tables.ts';
import type { InspectedQueue } from './queues.ts';

/** A queue over an application's table. */
interface Source {
  name: string;
  /** As SQL; a number: the table is gone. */
  source: string;
  there: boolean;
  starts_on_update: boolean;
  /** Columns that id, mirror and workflow id name, and the table has not. */
  missing: string[];
}

/** Whether the application's tables are there with the columns and triggers that their queues need. */
export const sources: Check = {
  name: 'the tables of applications',
  needs: ['queues'],
  async find({ pool, queues }) {
    const { rows } = await pool.query<Source>(sourcesQuery);
    const known = rows.flatMap((row) => {
      const queue = queues.find(({ name }) => name === row.name);
      return queue === undefined ? [] : [{ queue, row }];
    });
    const left = known.filter(({ row }) => row.there);
    const wanted = left.flatMap(({ queue, row }) =>
      eventsOf(row).map((event) => ({
        queue,
        table: row.source,
        trigger: `switchyard_${row.name}_${event}`,
      })),
    );
    const absent = await pool.query<{ place: number }>(absentTriggers, [
      wanted.map(({ table }) => table),
      wanted.map(({ trigger }) => trigger),
    ]);
    return [
      ...known.filter(({ row }) => !row.there).map(({ queue }) => gone(queue)),
      ...left.flatMap(({ queue, row }) => (row.missing.length === 0 ? [] : [changed(queue, row)])),
      ...absent.rows.flatMap(({ place }) => {
        const pair = wanted[place - 1];
        return pair === undefined ? [] : [triggerOff(pair.queue, pair.trigger, pair.table)];
      }),
    ];
  },
};

const eventsOf = ({ starts_on_update }: Source): string[] => [
  'inserted',
  'deleted',
  'truncated',
  ...(starts_on_update ? ['updated'] : []),
];

const gone = ({ name }: InspectedQueue): Finding =>
  found(
    'SOURCE_GONE',
    `queue ${name}`,
    'the table of the application whose rows are its jobs was dropped: no new jobs come, and mirrors are not written',
    `SELECT switchyard.drop_queue('${name}'), or restore the table and make the queue again.`,
  );

const changed = ({ name }: InspectedQueue, { source, missing }: Source): Finding =>
  found(
    'SOURCE_CHANGED',
    `queue ${name}`,
    `${source} no longer has the columns ${missing.join(', ')}, which the queue names: inserts fail, or how jobs go is not written back`,
    'Add the columns again, or define the queue anew: switchyard add-queue or switchyard sync.',
  );

const sourcesQuery = `
  SELECT name, source::text AS source, pg_class.oid IS NOT NULL AS there, start_when IS NOT NULL AS starts_on_update,
         ARRAY(SELECT DISTINCT wanted FROM (
                 SELECT source_id UNION ALL
                 SELECT value FROM jsonb_each_text(mirror) UNION ALL
                 SELECT match[1] FROM regexp_matches(workflow_id, '\\{([^{}]+)\\}', 'g') AS match
               ) AS named (wanted)
                WHERE NOT EXISTS (SELECT FROM pg_catalog.pg_attribute
                                   WHERE attrelid = source AND attname = wanted AND attnum > 0 AND NOT attisdropped)
                ORDER BY wanted) AS missing
    FROM switchyard.queues LEFT JOIN pg_catalog.pg_class ON pg_class.oid = source
   WHERE source IS NOT NULL
   ORDER BY name`;
