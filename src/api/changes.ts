import type { FastifyRequest } from 'fastify';
import { inTransaction, type Pool, type PoolClient } from '../platform/database.ts';
import { throwDatabaseProblem } from './problems.ts';

/** What changing routes ask of a token. */
export const operateScope = { config: { scope: 'operate' } } as const;

/** Who a change is by, as events, pauses and redrives name him: the token, or without one the request. */
function actorOf(request: FastifyRequest): string {
  return request.tokenName === null ? `api ${request.id}` : `api token ${request.tokenName}`;
}

/** Jobs that the transaction inserts belong to the trace of the request, where it names one. https://www.w3.org/TR/trace-context */
export async function noteTrace({ headers }: FastifyRequest, tx: PoolClient): Promise<void> {
  const { traceparent, tracestate = '' } = headers;
  if (
    typeof traceparent !== 'string' ||
    !/^[0-9a-f]{2}-[0-9a-f]{32}-[0-9a-f]{16}-[0-9a-f]{2}$/.test(traceparent)
  )
    return;
  await tx.query(
    `SELECT set_config('switchyard.traceparent', $1, true), set_config('switchyard.tracestate', $2, true)`,
    [traceparent, String(tracestate).slice(0, 512)],
  );
}

/** Runs the change in a transaction that knows whose it is. */
export function changeAs<T>(
  request: FastifyRequest,
  pool: Pool,
  work: (tx: PoolClient) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, async (tx) => {
    await tx.query(`SELECT set_config('switchyard.actor', $1, true)`, [actorOf(request)]);
    await noteTrace(request, tx);
    return work(tx);
  }).catch(throwDatabaseProblem);
}
