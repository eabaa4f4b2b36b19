import type { Pool } from '../src/platform/database.ts';

/** One change of a row as the database saw it, whoever made it. */
export interface Change {
  job: string;
  /** `null` for the INSERT. */
  from: string | null;
  to: string;
  attemptBefore: number | null;
  attempt: number;
  runBefore: string | null;
  run: string | null;
  actor: string;
}

/** Notes every change of a job's state, attempt, run and outcome: not the product's own events, so that these can be checked. */
const witness = `
  CREATE SCHEMA chaos;
  CREATE TABLE chaos.changes (
    id bigint PRIMARY KEY GENERATED ALWAYS AS IDENTITY,
    job uuid NOT NULL, was text, becomes text NOT NULL, attempt_before integer, attempt integer NOT NULL,
    run_before text, run text, actor text NOT NULL
  );
  CREATE FUNCTION chaos.note() RETURNS trigger LANGUAGE plpgsql AS $$
  BEGIN
    IF TG_OP = 'UPDATE' AND (OLD.status, OLD.attempt, OLD.run_id, OLD.result_path, OLD.completed_at, OLD.failed_at)
        IS NOT DISTINCT FROM (NEW.status, NEW.attempt, NEW.run_id, NEW.result_path, NEW.completed_at, NEW.failed_at)
    THEN RETURN NULL; END IF;
    INSERT INTO chaos.changes (job, was, becomes, attempt_before, attempt, run_before, run, actor)
    VALUES (NEW.id, OLD.status, NEW.status, OLD.attempt, NEW.attempt, OLD.run_id, NEW.run_id,
            current_setting('application_name'));
    RETURN NULL;
  END $$;
  CREATE TRIGGER chaos_note AFTER INSERT OR UPDATE ON jobs FOR EACH ROW EXECUTE FUNCTION chaos.note();`;

export async function installWitness(pool: Pool): Promise<void> {
  await pool.query(witness);
}

/** In the order in which they were made; of one job no two are made at once. */
export async function readChanges(pool: Pool): Promise<Change[]> {
  const { rows } = await pool.query<Change>(`
    SELECT job, was AS "from", becomes AS "to", attempt_before AS "attemptBefore", attempt,
           run_before AS "runBefore", run, actor
      FROM chaos.changes ORDER BY id`);
  return rows;
}

export async function countChanges(pool: Pool): Promise<number> {
  const { rows } = await pool.query<{ changes: number }>(
    'SELECT count(*)::integer AS changes FROM chaos.changes',
  );
  return rows[0]?.changes ?? 0;
}
