import type { QueueDefinition } from '../queues/definition.ts';
import type { Column, TableShape } from './table-shape.ts';

/** The types that a role takes, in the words of `pg_type`, and what to say where a column has another. */
interface Rule {
  types: readonly string[];
  wants: string;
}

const words: Rule = { types: ['text', 'varchar', 'citext'], wants: 'text or varchar' };
const time: Rule = {
  types: ['timestamptz'],
  wants:
    "timestamptz (ALTER COLUMN … TYPE timestamptz USING … AT TIME ZONE 'UTC', or the time zone that its values are in)",
};
const wholeNumbers = ['int2', 'int4', 'int8', 'numeric'];

/** Roles that are not here may have any type: what is read of them is read as a text. */
const rules: Partial<Record<keyof QueueDefinition['columns'], Rule>> = {
  status: { types: ['text', 'varchar', 'bpchar', 'enum'], wants: 'text, varchar, char or an enum' },
  runId: { types: ['text', 'varchar'], wants: 'text' },
  attempt: { types: wholeNumbers, wants: 'integer' },
  priority: { types: [...wholeNumbers, 'float4', 'float8'], wants: 'a number, as integer' },
  startedBy: words,
  errorCode: words,
  errorMessage: words,
  deadline: time,
  startedAt: time,
  completedAt: time,
  failedAt: time,
  runAt: time,
  cancelRequestedAt: time,
  canceledAt: time,
};

const idTypes: Record<QueueDefinition['idType'], readonly string[]> = {
  uuid: ['uuid'],
  bigint: ['int8'],
  integer: ['int4', 'int2'],
  text: ['text', 'varchar'],
};

/** A run id of Temporal is a UUID. */
const runIdLength = 36;

/** Those that Switchyard sets back to NULL. */
const cleared = [
  'startedBy',
  'deadline',
  'failedAt',
  'errorCode',
  'errorMessage',
  'runAt',
  'cancelRequestedAt',
  'canceledAt',
] as const;

/** What is wrong with the types of a table's columns, all of it. Columns that are not there are no matter of this. */
export function typeDifferences(queue: QueueDefinition, shape: TableShape): string[] {
  const columns = new Map(shape.columns.map((column) => [column.name, column]));
  const check = (role: string, name: string, problem: (column: Column) => string | undefined): string[] => {
    const column = columns.get(name);
    const found = column && problem(column);
    return found === undefined ? [] : [`${role} "${name}" of ${queue.table} ${found}`];
  };
  const typed = (role: string, name: string, rule: Rule) =>
    check(role, name, (column) =>
      rule.types.includes(column.type) ? undefined : `is ${column.declared}; it must be ${rule.wants}`,
    );
  const { key, parking, adopts, plainWorkflow } = queue;
  return [
    ...Object.entries(rules).flatMap(([role, rule]) =>
      typed(`columns.${role}`, queue.columns[role as keyof typeof rules], rule),
    ),
    ...(key === undefined
      ? []
      : typed('key.column', key.column, { types: ['text', 'varchar'], wants: 'text' })),
    ...(plainWorkflow?.result === undefined
      ? []
      : typed('plainWorkflow.result', plainWorkflow.result, {
          types: ['jsonb', 'json', 'text', 'varchar'],
          wants: 'jsonb, json or text',
        })),
    ...(adopts === undefined ? [] : typed('adopts.leaseColumn', adopts.leaseColumn, time)),
    ...(parking === undefined
      ? []
      : [
          ...typed('parking.question', parking.question, { types: ['jsonb'], wants: 'jsonb' }),
          ...typed('parking.answer', parking.answer, { types: ['jsonb'], wants: 'jsonb' }),
          ...typed('parking.answerBy', parking.answerBy, time),
        ]),
    ...check('columns.runId', queue.columns.runId, ({ length, declared }) =>
      length !== null && length < runIdLength
        ? `is ${declared}; it must take the ${runIdLength} characters of a run id`
        : undefined,
    ),
    ...cleared.flatMap((role) =>
      check(`columns.${role}`, queue.columns[role], ({ required }) =>
        required
          ? 'is NOT NULL; it is NULL while it has nothing to say (ALTER COLUMN … DROP NOT NULL)'
          : undefined,
      ),
    ),
    ...writtenColumns(queue).flatMap(([role, name]) =>
      check(role, name, ({ generated }) =>
        generated ? 'is generated; Switchyard writes it, so it must be a plain column' : undefined,
      ),
    ),
    ...idDifferences(queue, shape, columns.get(queue.columns.id)),
  ];
}

function writtenColumns({ columns, resultColumns, progressColumns, parking }: QueueDefinition) {
  const read = ['id', 'priority', 'label', 'requestId'];
  return [
    ...Object.entries(columns)
      .filter(([role]) => !read.includes(role))
      .map(([role, name]) => [`columns.${role}`, name] as const),
    ...resultColumns.map((name) => ['resultColumns', name] as const),
    ...(progressColumns ?? []).map((name) => ['progressColumns', name] as const),
    ...(parking === undefined ? [] : [['parking.answer', parking.answer] as const]),
  ];
}

function idDifferences(queue: QueueDefinition, shape: TableShape, id: Column | undefined): string[] {
  if (id === undefined) return [];
  const named = `${queue.table}.${queue.columns.id}`;
  return [
    ...(idTypes[queue.idType].includes(id.type)
      ? []
      : [
          `idType is "${queue.idType}", and ${named} is ${id.declared}; ids are uuid, bigint, integer (or smallint) or text (or varchar)`,
        ]),
    ...(shape.id_is_unique
      ? []
      : [
          `columns.id: ${named} must be unique by itself, by a PRIMARY KEY or a UNIQUE constraint on it alone`,
        ]),
    ...(queue.idType === 'text' && queue.files !== undefined && queue.files.own.length > 0
      ? [`files.own: ids of type text may be any text, and so no names of files; leave it out`]
      : []),
  ];
}
