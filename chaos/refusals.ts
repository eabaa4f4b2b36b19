import {
  type Pool,
  type PoolClient,
  quoteLiteral,
  quoteLiterals,
  quoteName,
} from '../src/platform/database.ts';
import type { QueueDefinition } from '../src/queues/definition.ts';

/** How a table of an application may refuse that a row of it goes into flight: by a constraint, or a trigger that raises or passes over it. */
export const refusers = ['check', 'trigger', 'silent trigger'] as const;
export type Refuser = (typeof refusers)[number];

const refusals = `
  CREATE TABLE chaos.refused (queue text, job text, refuser text NOT NULL, PRIMARY KEY (queue, job));
  CREATE FUNCTION chaos.refuses(queue text, job text, refuser text) RETURNS boolean
    LANGUAGE sql STABLE SECURITY DEFINER AS $$
    SELECT EXISTS (SELECT FROM chaos.refused AS r WHERE (r.queue, r.job, r.refuser) = ($1, $2, $3))
  $$;
  CREATE FUNCTION chaos.put_first() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
  BEGIN
    IF EXISTS (SELECT FROM chaos.refused AS r WHERE r.queue = TG_ARGV[0] AND r.job = to_jsonb(NEW) ->> TG_ARGV[1])
    THEN RETURN jsonb_populate_record(NEW, jsonb_build_object(TG_ARGV[2], -1)); END IF;
    RETURN NEW;
  END $$;
  CREATE FUNCTION chaos.refuse() RETURNS trigger LANGUAGE plpgsql SECURITY DEFINER AS $$
  DECLARE
    job text := to_jsonb(NEW) ->> TG_ARGV[1];
  BEGIN
    IF chaos.refuses(TG_ARGV[0], job, 'trigger') THEN RAISE 'this row does not start'; END IF;
    IF chaos.refuses(TG_ARGV[0], job, 'silent trigger') THEN RETURN NULL; END IF;
    RETURN NEW;
  END $$;`;

function refuserOf({ name, table, columns, states }: QueueDefinition): string {
  const [id, status] = [quoteName(columns.id), quoteName(columns.status)];
  const starts = `NEW.${status} = ${quoteLiteral(states.inFlight)} AND OLD.${status} = ${quoteLiteral(states.waiting)}`;
  return `
    CREATE TRIGGER chaos_first BEFORE INSERT ON ${quoteName(table)} FOR EACH ROW
      EXECUTE FUNCTION chaos.put_first(${quoteLiterals([name, columns.id, columns.priority])});
    CREATE TRIGGER chaos_refuse BEFORE UPDATE ON ${quoteName(table)} FOR EACH ROW WHEN (${starts})
      EXECUTE FUNCTION chaos.refuse(${quoteLiterals([name, columns.id])});
    ALTER TABLE ${quoteName(table)} ADD CONSTRAINT chaos_refuses CHECK (
      ${status} <> ${quoteLiteral(states.inFlight)} OR NOT chaos.refuses(${quoteLiteral(name)}, ${id}::text, 'check'));`;
}

/** What refuses rows that `refuseRow` names, which go before all others. In the schema of the witness. */
export async function installRefusals(pool: Pool, queues: readonly QueueDefinition[]): Promise<void> {
  await pool.query([refusals, ...queues.map(refuserOf)].join('\n'));
}

/** In the transaction that makes the row. */
export async function refuseRow(
  tx: PoolClient,
  { name }: QueueDefinition,
  id: string,
  refuser: Refuser,
): Promise<void> {
  await tx.query('INSERT INTO chaos.refused VALUES ($1, $2, $3) ON CONFLICT DO NOTHING', [name, id, refuser]);
}
