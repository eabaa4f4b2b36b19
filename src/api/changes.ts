import type { FastifyRequest } from 'fastify';
import { inTransaction, type Pool, type PoolClient } from '../platform/database.ts';
import { throwDatabaseProblem } from './problems.ts';

/** What changing routes ask of a token. */
export const operateScope = { config: { scope: 'operate' } } as const;

/** Who a change is by, as events, pauses and redrives name him: the token, or without one the request. */
function actorOf(request: FastifyRequest): string {
  return request.tokenName === null ? `api ${request.id}` : `api token ${request.tokenName}`;
}

/** Runs the change in a transaction that knows whose it is. */
export function changeAs<T>(
  request: FastifyRequest,
  pool: Pool,
  work: (tx: PoolClient) => Promise<T>,
): Promise<T> {
  return inTransaction(pool, async (tx) => {
    await tx.query(`SELECT set_config('switchyard.actor', $1, true)`, [actorOf(request)]);
    return work(tx);
  }).catch(throwDatabaseProblem);
}
