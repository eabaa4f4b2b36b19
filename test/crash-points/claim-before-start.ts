/**
 * A starter as it must not be: it marks the rows it locked and commits before their workflows are started, as a claim
 * by a single UPDATE does. Loaded before its own code, for the test that the harness sees what comes of it.
 */
import pg from 'pg';

type Query = (this: unknown, ...args: unknown[]) => Promise<unknown>;

const client = pg.Client.prototype as unknown as { query: Query };
const { query } = client;

client.query = function (...args) {
  const answer = query.apply(this, args);
  return /jobs\\?" AS job.*SKIP LOCKED/s.test(JSON.stringify(args[0]))
    ? answer.then((rows) => markAndCommit(this, rows))
    : answer;
};

async function markAndCommit(connection: unknown, rows: unknown): Promise<unknown> {
  await query.call(
    connection,
    `UPDATE jobs SET status = 'processing', run_id = 'not known yet', attempt = attempt + 1, started_at = now()
      WHERE status = 'queued'`,
  );
  await query.call(connection, 'COMMIT');
  await query.call(connection, 'BEGIN');
  return rows;
}
