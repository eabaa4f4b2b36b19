import { z } from 'zod';
import { requireColumn } from '../operations/job-filter.ts';
import type { RegisteredQueue } from '../operations/registered-queue.ts';
import { customerField, reasonField, textField, timeField } from './json-body.ts';
import { Problem } from './problems.ts';
import type { NewRedrive } from './redrive-queries.ts';

const mostChoices = 100;
const someTime = timeField.nullable().default(null);

/** Which jobs a redrive takes, and how. */
export const redriveBody = z.strictObject({
  queue: z.string(),
  action: z
    .enum(['retry', 'cancel'])
    .default('retry')
    .meta({ description: 'retry: jobs that have ended wait again; cancel: jobs that wait are canceled' }),
  reason: reasonField,
  states: z
    .array(z.enum(['failed', 'canceled', 'queued', 'delayed']))
    .min(1)
    .max(4)
    .optional()
    .meta({
      description:
        'To retry: failed, canceled (left out: failed); to cancel: queued, delayed (left out: both)',
    }),
  errorCodes: z.array(textField(100)).min(1).max(mostChoices).nullable().default(null),
  messageContains: textField(500).nullable().default(null),
  textContains: textField(200).nullable().default(null).meta({
    description: 'A text in the id, label, key or error message, in small or capital letters',
  }),
  keys: z.array(customerField).min(1).max(mostChoices).nullable().default(null),
  columns: z
    .record(z.string(), z.string().max(1_000))
    .nullable()
    .default(null)
    .meta({ description: 'Values of columns of the table, as `column.NAME` of a list of jobs' }),
  createdAfter: someTime,
  createdBefore: someTime,
  endedAfter: someTime,
  endedBefore: someTime,
  perSecond: z
    .number()
    .int()
    .min(1)
    .max(1000)
    .optional()
    .meta({ description: 'Left out: 10 to retry, 1000 to cancel' }),
  mostWaiting: z.number().int().min(1).max(1_000_000).nullable().default(null),
  paused: z.boolean().default(false),
});

const statesOf = { retry: ['failed', 'canceled'], cancel: ['queued', 'delayed'] };
const usual = {
  retry: { states: ['failed'], perSecond: 10 },
  cancel: { states: statesOf.cancel, perSecond: 1000 },
};

/**
 * The redrive that a body asks for.
 * @throws {Problem} for states that the action does not take
 * @throws {Refusal} for columns that the table does not have
 */
export function newRedrive(body: z.output<typeof redriveBody>, queue: RegisteredQueue): NewRedrive {
  const { columns, ...wanted } = body;
  const states = wanted.states ?? usual[wanted.action].states;
  const other = states.find((state) => !statesOf[wanted.action].includes(state));
  if (other !== undefined) {
    throw new Problem(
      400,
      'BAD_FIELD',
      `the field "states" must be of ${statesOf[wanted.action].join(', ')} to ${wanted.action}; got "${other}"`,
    );
  }
  return {
    ...wanted,
    states,
    perSecond: wanted.perSecond ?? usual[wanted.action].perSecond,
    columnValues:
      columns === null
        ? null
        : Object.fromEntries(
            Object.entries(columns).map(([name, value]) => [name, requireColumn(queue, name, value)]),
          ),
  };
}
