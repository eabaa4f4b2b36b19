import { mapWords, quoteColumn, quoteLiteral, quoteLiterals, quoteName } from '../platform/database.ts';
import { ownedStates, type QueueDefinition } from '../queues/definition.ts';

/** What the statements of a queue take from its definition, quoted. */
interface QuotedNames {
  /** As a constant. */
  name: string;
  table: string;
  /** Columns by their roles. */
  c: Record<keyof QueueDefinition['columns'], string>;
  /** States by their roles, as constants. */
  s: Record<keyof QueueDefinition['states'], string>;
  /** The states in which a run owns the row, for `IN (…)`. */
  owned: string;
}

export function namesOf(queue: QueueDefinition): QuotedNames {
  return {
    name: quoteLiteral(queue.name),
    table: quoteName(queue.table),
    c: mapWords(queue.columns, quoteColumn),
    s: mapWords(queue.states, quoteLiteral),
    owned: quoteLiterals(ownedStates(queue)),
  };
}

/** The largest `integer` of Postgres, and the largest `smallint`. */
export const maxAttempts = { integer: 2_147_483_647, smallint: 32_767 };

/** A job's count of attempts as an integer, whatever type the column has; NULL, as an adopted table may have it, is none. */
export const attemptOf = (column: string): string =>
  `least(coalesce(${column}, 0), ${maxAttempts.integer})::integer`;
