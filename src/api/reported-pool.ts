import type { Pool } from '../platform/database.ts';
import { throwDatabaseProblem } from './problems.ts';

/**
 * The pool as routes use it: a failure of the database as a whole is thrown as the 503 that the client is told, so that no route
 * can forget to. Within a transaction `change` does the same.
 */
export function reportedPool(pool: Pool): Pool {
  const report =
    (call: (...given: unknown[]) => Promise<unknown>) =>
    (...given: unknown[]) =>
      call.apply(pool, given).catch(throwDatabaseProblem);
  const query = report(pool.query as (...given: unknown[]) => Promise<unknown>);
  return new Proxy(pool, {
    get(target, name) {
      if (name === 'query') return query;
      const member: unknown = Reflect.get(target, name, target);
      return typeof member === 'function' ? member.bind(target) : member;
    },
  });
}
