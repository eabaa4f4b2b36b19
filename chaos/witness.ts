import { type Pool, quoteLiterals, quoteName } from '../src/platform/database.ts';
import type { QueueDefinition } from '../src/queues/definition.ts';
import type { Change } from './change.ts';
import { jobName } from './load.ts';
import { stateOf } from './states.ts';

/**
 * Notes every change of a job's state, attempt, run and outcome: not the product's own events, so that these can be checked. Its
 * arguments: the queue, the column of the id, then those that are watched, of which the first are state, attempt and run.
 */
const witness = `
  CREATE SCHEMA chaos;
  CREATE TABLE chaos.changes (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    queue text NOT NULL, job text NOT NULL, was text, becomes text NOT NULL, attempt_before integer, attempt integer NOT NULL,
    run_before text, run text, actor text NOT NULL
  );
  CREATE FUNCTION chaos.note() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
  DECLARE
    was jsonb := to_jsonb(OLD);
    becomes jsonb := to_jsonb(NEW);
  BEGIN
    IF TG_OP = 'UPDATE' AND NOT EXISTS (
      SELECT FROM unnest(TG_ARGV[2:]) AS name WHERE was -> name IS DISTINCT FROM becomes -> name)
    THEN RETURN NULL; END IF;
    INSERT INTO chaos.changes (queue, job, was, becomes, attempt_before, attempt, run_before, run, actor)
    VALUES (TG_ARGV[0], becomes ->> TG_ARGV[1], was ->> TG_ARGV[2], becomes ->> TG_ARGV[2],
            (was ->> TG_ARGV[3])::integer, (becomes ->> TG_ARGV[3])::integer,
            was ->> TG_ARGV[4], becomes ->> TG_ARGV[4], current_setting('application_name'));
    RETURN NULL;
  END $$;`;

const watchTable = ({ name, table, columns, resultColumns, progressColumns = [] }: QueueDefinition) => {
  const outcome = resultColumns.filter((column) => !progressColumns.includes(column));
  const { id, status, attempt, runId, completedAt, failedAt } = columns;
  const watched = [name, id, status, attempt, runId, completedAt, failedAt, ...outcome];
  return `CREATE TRIGGER chaos_note AFTER INSERT OR UPDATE ON ${quoteName(table)}
            FOR EACH ROW EXECUTE FUNCTION chaos.note(${quoteLiterals(watched)});`;
};

export async function installWitness(pool: Pool, queues: readonly QueueDefinition[]): Promise<void> {
  await pool.query([witness, ...queues.map(watchTable)].join('\n'));
}

/** In the order in which they were made; of one job no two are made at once. */
export async function readChanges(pool: Pool, queues: readonly QueueDefinition[]): Promise<Change[]> {
  const { rows } = await pool.query<
    Omit<Change, 'from' | 'to'> & { queue: string; was: string | null; becomes: string }
  >(`
    SELECT queue, job, was, becomes, attempt_before AS "attemptBefore", attempt,
           run_before AS "runBefore", run, actor
      FROM chaos.changes ORDER BY id`);
  const byName = new Map(queues.map((queue) => [queue.name, queue]));
  return rows.flatMap(({ queue: name, was, becomes, job, ...change }) => {
    const queue = byName.get(name);
    if (queue === undefined) return [];
    const from = was === null ? null : stateOf(queue, was);
    return { ...change, job: jobName({ queue: name, id: job }), from, to: stateOf(queue, becomes) };
  });
}

export async function countChanges(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ changes: number }>(
    'SELECT count(*)::integer AS changes FROM chaos.changes',
  );
  return rows[0]?.changes ?? 0;
}
