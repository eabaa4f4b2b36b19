import { z } from 'zod';
import type { PoolClient } from '../platform/database.ts';
import type { QueueDefinition } from '../queues/definition.ts';
import { standardColumns, standardStates } from '../queues/standard.ts';
import { noteDefinitions, notedDefinitions } from '../sql/noted-definitions.ts';

const words = <T extends string>(names: readonly T[]) =>
  z.object(Object.fromEntries(names.map((name) => [name, z.string()])) as Record<T, z.ZodString>);
const whole = z.number().int();

const columnNames = [...Object.keys(standardColumns), 'label'] as (keyof QueueDefinition['columns'])[];
const stateNames = Object.keys(standardStates) as (keyof QueueDefinition['states'])[];

/**
 * What a claim goes by, and where the work runs. Checked when it is read, as statements are made of it: whoever may write the table is not
 * trusted with SQL.
 */
const notedFields = z.object({
  name: z.string(),
  table: z.string(),
  columns: words(columnNames),
  states: words(stateNames),
  resultColumns: z.array(z.string()),
  parking: z
    .object({
      state: z.string(),
      question: z.string(),
      answer: z.string(),
      answerBy: z.string(),
      holdsKey: z.boolean(),
    })
    .optional(),
  order: z.array(z.object({ column: z.string(), direction: z.enum(['ASC', 'DESC']) })),
  claimIndex: z.string(),
  key: z
    .object({
      column: z.string(),
      claimIndex: z.string(),
      shareColumn: z.string().optional(),
      maxInFlight: whole.optional(),
    })
    .optional(),
  idType: z.enum(['uuid', 'bigint', 'integer', 'text']),
  batch: whole,
  maxInFlight: whole.nullable(),
  fair: z.boolean(),
  needs: z.array(z.string()),
  maxWaitMs: z.number(),
  workflowType: z.string(),
  taskQueue: z.string(),
  workTaskQueue: z.string().optional(),
  deadlineMs: z.number().nullable(),
  lostWorkflow: z.enum(['fail', 'requeue']),
});
const notedQueue = notedFields.extend({ after: notedFields.optional() });

/** Writes down the definitions of an application's queues, for processes that do not have its code. */
export async function writeDefinitions(
  db: Pick<PoolClient, 'query'>,
  queues: readonly QueueDefinition[],
): Promise<void> {
  const noted = queues.map((queue) => JSON.stringify(notedQueue.parse(queue)));
  await db.query(noteDefinitions, [queues.map(({ name }) => name), noted]);
}

/** The definitions of fenced queues, as starters wrote them down. Without those of another version, which cannot be read. */
export async function readDefinitions(db: Pick<PoolClient, 'query'>): Promise<QueueDefinition[]> {
  const { rows } = await db.query<{ definition: unknown }>(notedDefinitions, [null]);
  return rows.flatMap(({ definition }) => read(definition) ?? []);
}

/** `undefined`: none has written it yet, or it is that of another version. */
export async function readDefinition(
  db: Pick<PoolClient, 'query'>,
  name: string,
): Promise<QueueDefinition | undefined> {
  const { rows } = await db.query<{ definition: unknown }>(notedDefinitions, [name]);
  return read(rows[0]?.definition);
}

const read = (definition: unknown): QueueDefinition | undefined =>
  notedQueue.safeParse(definition).data as QueueDefinition | undefined;
