import { createPool, type Pool } from '../../../src/platform/database.ts';

type Query = (...args: unknown[]) => Promise<unknown>;

/** On which side of its COMMIT a transaction loses its connection. */
export type Side = 'before' | 'after';

/** A pool of one connection a time that loses it once: around the COMMIT of the first transaction with such a statement. */
export function losingPool(
  connectionString: string,
  statement: RegExp,
  side: Side,
): { pool: Pool; lost(): boolean } {
  const pool = createPool({
    connectionString,
    applicationName: 'loses its connection',
    max: 5,
    onError: () => undefined,
  });
  let lost = false;
  const lose = () => {
    lost = true;
    throw Object.assign(new Error('read ECONNRESET'), { code: 'ECONNRESET' });
  };
  const textOf = (query: unknown) =>
    typeof query === 'string' ? query : String((query as { text?: string } | undefined)?.text);

  const connect = pool.connect.bind(pool) as (...args: unknown[]) => Promise<{ query: Query }>;
  const connectAndLose = async (...args: unknown[]) => {
    if (args.length > 0) return connect(...args); // the pool's own, for `pool.query`
    const client = await connect();
    const query = client.query.bind(client);
    let met = false;
    client.query = async (...statementArgs) => {
      const text = textOf(statementArgs[0]);
      met ||= statement.test(text);
      const isLost = text === 'COMMIT' && met && !lost;
      if (text === 'COMMIT') met = false;
      if (isLost && side === 'before') lose();
      const answer = await query(...statementArgs);
      return isLost ? lose() : answer;
    };
    return client;
  };
  const query = pool.query.bind(pool) as Query;
  const queryAndLose: Query = async (...args) => {
    const isLost = statement.test(textOf(args[0])) && !lost;
    if (isLost && side === 'before') lose();
    const answer = await query(...args);
    return isLost ? lose() : answer;
  };
  Object.assign(pool, { connect: connectAndLose, query: queryAndLose });
  return { pool, lost: () => lost };
}
