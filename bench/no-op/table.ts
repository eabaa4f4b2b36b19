import { type Pool, quoteLiteral, quoteName } from '../../src/platform/database.ts';
import type { QueueDefinition } from '../../src/queues/definition.ts';

/** A job table with the columns, constraints, indexes, storage and triggers of `jobs`, and when the activity began. */
export async function createJobTable(pool: Pool, queue: QueueDefinition): Promise<void> {
  const table = quoteName(queue.table);
  const index = (name: string) => quoteName(`${queue.table.replace('public.', '')}_${name}`);
  const queueName = quoteLiteral(queue.name);
  await pool.query(`
    CREATE TABLE ${table} (
      LIKE jobs INCLUDING ALL EXCLUDING INDEXES,
      activity_at double precision,
      PRIMARY KEY (id)
    ) WITH (
      autovacuum_vacuum_scale_factor = 0.01,
      autovacuum_vacuum_threshold = 1000,
      autovacuum_vacuum_cost_delay = 0,
      fillfactor = 80
    );
    COMMENT ON COLUMN ${table}.activity_at IS 'When the activity began, in milliseconds since 1970';

    CREATE INDEX ${index('claim_idx')} ON ${table} (priority, created_at, id)
      WHERE status = 'queued' AND run_at IS NULL;
    CREATE INDEX ${index('claim_by_key_idx')} ON ${table} (priority, (coalesce(customer, '')), created_at, id)
      WHERE status = 'queued' AND run_at IS NULL;
    CREATE INDEX ${index('delayed_idx')} ON ${table} (run_at) WHERE status = 'queued' AND run_at IS NOT NULL;
    CREATE INDEX ${index('in_flight_idx')} ON ${table} (started_at, id) WHERE status = 'processing';
    CREATE INDEX ${index('created_idx')} ON ${table} (created_at DESC, id DESC);

    CREATE TRIGGER touch_updated_at BEFORE UPDATE ON ${table}
      FOR EACH ROW EXECUTE FUNCTION switchyard.touch_updated_at();
    CREATE TRIGGER clear_outcome_on_requeue BEFORE UPDATE ON ${table}
      FOR EACH ROW WHEN (NEW.status = 'queued' AND OLD.status <> 'queued')
      EXECUTE FUNCTION switchyard.clear_invoice_outcome();
    SELECT switchyard.add_queue(${queueName}, ${quoteLiteral(queue.table)});`);
}
