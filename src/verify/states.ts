import { type Pool, quoteColumn, quoteLiteral, quoteName } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import type { TableShape } from './table-shape.ts';

/** What keeps the table from taking the words of the definition for its states. */
export async function stateDifferences(
  pool: Pool,
  queue: QueueDefinition,
  shape: TableShape,
): Promise<string[]> {
  const status = shape.columns.find(({ name }) => name === queue.columns.status);
  if (status === undefined) return [];
  const named = `${queue.table}.${queue.columns.status}`;
  const words = Object.entries({ ...queue.states, ...(queue.parking && { parked: queue.parking.state }) });
  const tooLong = words
    .filter(([, word]) => status.length !== null && word.length > status.length)
    .map(([role, word]) => `states.${role} is "${word}", and ${named} is ${status.declared}`);
  if (shape.states !== null) {
    const known = shape.states;
    return words
      .filter(([, word]) => !known.includes(word))
      .map(([role, word]) => `states.${role} is "${word}", and ${named} knows ${known.join(', ')}`);
  }
  const refused = await Promise.all(
    words.map(async ([role, word]) => {
      const check = await refusing(pool, queue, shape, word);
      return check === undefined ? [] : [`states.${role} is "${word}", and ${named} refuses it: ${check}`];
    }),
  );
  return [...tooLong, ...refused.flat()];
}

/** The condition that a word does not meet; the database itself tries it. */
async function refusing(
  pool: Pool,
  queue: QueueDefinition,
  { checks }: TableShape,
  word: string,
): Promise<string | undefined> {
  const status = quoteColumn(queue.columns.status);
  const ofType = `coalesce((SELECT ${status} FROM ${quoteName(queue.table)} LIMIT 0), ${quoteLiteral(word)})`;
  for (const { name, condition } of checks) {
    const { rows } = await pool.query<{ met: boolean | null }>(
      `SELECT (${condition}) AS met FROM (SELECT ${ofType} AS ${status}) AS word`,
    );
    if (rows[0]?.met === false) return `constraint ${name} is CHECK ${condition}`;
  }
  return undefined;
}

export function sameWords({ states, parking }: QueueDefinition): string[] {
  const words = Object.values({ ...states, ...(parking && { parked: parking.state }) });
  return words
    .filter((word, i) => words.indexOf(word) < i)
    .map((word) => `"${word}" is the word for two states; they are ${JSON.stringify(states)}`);
}
