import { quoteColumn, quoteLiteral } from '../platform/database.ts';
import type { ListStatement, SortColumn } from '../sql/job-lists.ts';
import type { ColumnRole, JobTable } from './job-table.ts';
import { jobTable } from './job-table.ts';
import { Refusal } from './refusal.ts';
import { quoted, type RegisteredQueue } from './registered-queue.ts';

/** The states that jobs can be asked for; `delayed`: those that wait for a time, and are not in `queued`. */
export const listedStates = [
  'queued',
  'delayed',
  'processing',
  'parked',
  'complete',
  'failed',
  'canceled',
  'other',
] as const;
export type ListedState = (typeof listedStates)[number];

/** Which jobs of a queue; what is left out asks for nothing. Times are ISO 8601 with a zone. */
export interface JobFilter {
  status?: readonly ListedState[] | undefined;
  /** With one of these error codes. */
  code?: readonly string[] | undefined;
  key?: string | undefined;
  /** A text in the id, the label, the key or the error message, in small or capital letters. */
  q?: string | undefined;
  createdAfter?: string | undefined;
  createdBefore?: string | undefined;
  endedAfter?: string | undefined;
  endedBefore?: string | undefined;
  /** Values of any column of the table, by its name; of one of JSON: what it holds. */
  columns?: Readonly<Record<string, string>> | undefined;
}

/** How a list goes through the table: along which index, and what else is asked of each row. */
export interface Walk extends Omit<ListStatement, 'columns' | 'direction'> {
  /** Which way it is, so that a cursor of another is told. */
  name: string;
  values: unknown[];
}

/**
 * The walk for a filter; its parameters begin with `$from`. One state alone goes along the index of that state, in the order of its
 * index: `queued` as they start, `delayed` by their time, `processing` and `parked` by their start, `failed` and `canceled` by their end.
 * All else goes by the time of the insert.
 * @throws {Refusal} for what the queue does not have
 */
export function walkFor(queue: RegisteredQueue, filter: JobFilter, from: number): Walk {
  const jobs = jobTable(queue);
  const values: unknown[] = [];
  const give = (value: unknown, type: string): string => {
    values.push(value);
    return `$${from + values.length - 1}::${type}`;
  };
  const alone = filter.status?.length === 1 ? filter.status[0] : undefined;
  const way = (alone === undefined ? undefined : wayOf(jobs, alone)) ?? {
    name: 'all',
    within: [],
    sort: sortOf(jobs, 'createdAt'),
    endRole: undefined,
  };
  const conditions = [
    ...(way.name === 'all' && filter.status !== undefined ? [statusCondition(jobs, filter.status)] : []),
    ...timeConditions(jobs, way.endRole, filter, give),
    ...(filter.code === undefined
      ? []
      : [`${jobs.column('errorCode', 'text')}::text = ANY (${give(filter.code, 'text[]')})`]),
    ...(filter.key === undefined ? [] : [`${keyOf(queue, jobs)}::text = ${give(filter.key, 'text')}`]),
    ...(filter.q === undefined ? [] : [textCondition(jobs, give(filter.q, 'text'))]),
    ...Object.entries(filter.columns ?? {}).map(([name, value]) => columnCondition(queue, name, value, give)),
  ];
  const isBound = (condition: string) =>
    way.sort[0] !== undefined && condition.startsWith(way.sort[0].expression);
  return {
    name: way.name,
    table: jobs.table,
    sort: way.sort,
    within: [...way.within, ...conditions.filter(isBound)],
    filters: conditions.filter((condition) => !isBound(condition)),
    values,
  };
}

function keyOf(queue: RegisteredQueue, jobs: JobTable): string {
  if (jobs.has('key')) return jobs.column('key', 'text');
  throw new Refusal('bad', 'NO_KEYS', `the jobs of queue ${queue.name} have no key`);
}

/** `undefined`: no index holds those of this state alone, or the table lacks a column of it. */
function wayOf(jobs: JobTable, state: ListedState) {
  const status = jobs.column('status', 'text');
  const is = (word: string) => `${status} = ${quoteLiteral(word)}`;
  const along = (name: string, within: string[], roles: ColumnRole[], endRole?: ColumnRole) =>
    jobs.has(...roles) ? { name, within, sort: sortOf(jobs, ...roles), endRole } : undefined;
  const { states } = jobs;
  const notNull = (role: ColumnRole) => `${jobs.column(role, 'timestamptz')} IS NOT NULL`;
  const runAt = jobs.column('runAt', 'timestamptz');
  switch (state) {
    case 'queued':
      return along(state, [is(states.waiting), `${runAt} IS NULL`], ['priority', 'createdAt']);
    case 'delayed':
      return along(state, [is(states.waiting), `${runAt} IS NOT NULL`], ['runAt']);
    case 'processing':
      return along(state, [is(states.inFlight)], ['startedAt']);
    case 'parked':
      return states.parked === '' ? undefined : along(state, [is(states.parked)], ['startedAt']);
    case 'failed':
      return along(state, [is(states.failed), notNull('failedAt')], ['failedAt'], 'failedAt');
    case 'canceled':
      return along(state, [is(states.canceled), notNull('canceledAt')], ['canceledAt'], 'canceledAt');
    default:
      return undefined;
  }
}

function sortOf(jobs: JobTable, ...roles: ColumnRole[]): SortColumn[] {
  return [...roles.filter((role) => jobs.has(role)), 'id' as const].map((role) => ({
    expression: jobs.column(role, 'text'),
    type: jobs.typeOf(role),
  }));
}

function statusCondition(jobs: JobTable, wanted: readonly ListedState[]): string {
  const status = jobs.column('status', 'text');
  const runAt = jobs.column('runAt', 'timestamptz');
  const { waiting, inFlight, parked, complete, failed, canceled } = jobs.states;
  const word: Record<ListedState, string> = {
    queued: `${status}::text = ${quoteLiteral(waiting)} AND ${runAt} IS NULL`,
    delayed: `${status}::text = ${quoteLiteral(waiting)} AND ${runAt} IS NOT NULL`,
    processing: `${status}::text = ${quoteLiteral(inFlight)}`,
    parked: `${status}::text = ${quoteLiteral(parked)}`,
    complete: `${status}::text = ${quoteLiteral(complete)}`,
    failed: `${status}::text = ${quoteLiteral(failed)}`,
    canceled: `${status}::text = ${quoteLiteral(canceled)}`,
    other: `${status}::text NOT IN (${Object.values(jobs.states).map(quoteLiteral).join(', ')})`,
  };
  return wanted.map((state) => `(${word[state]})`).join(' OR ');
}

type Give = (value: unknown, type: string) => string;

/** Conditions on the column that the list is ordered by come first: they bound the index. */
function timeConditions(
  jobs: JobTable,
  endRole: ColumnRole | undefined,
  filter: JobFilter,
  give: Give,
): string[] {
  const created = jobs.column('createdAt', 'timestamptz');
  const ended = endRole === undefined ? endedAt(jobs) : jobs.column(endRole, 'timestamptz');
  const bounds = [
    [created, '>=', filter.createdAfter],
    [created, '<', filter.createdBefore],
    [ended, '>=', filter.endedAfter],
    [ended, '<', filter.endedBefore],
  ] as const;
  return bounds.flatMap(([column, operator, time]) =>
    time === undefined ? [] : [`${column} ${operator} ${give(time, 'timestamptz')}`],
  );
}

/** When the job was complete, failed or canceled, by the state that it is in; NULL: it has not ended. */
export function endedAt(jobs: JobTable): string {
  const { complete, failed, canceled } = jobs.states;
  const ends = [
    [complete, 'completedAt'],
    [failed, 'failedAt'],
    [canceled, 'canceledAt'],
  ] as const;
  const cases = ends.map(
    ([word, role]) => `WHEN ${quoteLiteral(word)} THEN ${jobs.column(role, 'timestamptz')}`,
  );
  return `CASE ${jobs.column('status', 'text')}::text ${cases.join(' ')} END`;
}

function textCondition(jobs: JobTable, text: string): string {
  const roles: ColumnRole[] = ['id', 'label', 'key', 'errorMessage'];
  const texts = roles.filter((role) => jobs.has(role)).map((role) => `${jobs.column(role, 'text')}::text`);
  return `strpos(lower(concat_ws(E'\\n', ${texts.join(', ')})), lower(${text})) > 0`;
}

function columnCondition(queue: RegisteredQueue, name: string, value: string, give: Give): string {
  const column = `job.${quoteColumn(name)}`;
  const wanted = requireColumn(queue, name, value);
  return queue.types[name] === 'jsonb'
    ? `${column} @> ${give(JSON.stringify(wanted), 'jsonb')}`
    : `to_jsonb(${column}) #>> '{}' = ${give(value, 'text')}`;
}

/**
 * What a column of the queue's table is asked for: of one of JSON what it must hold, of any other the text.
 * @throws {Refusal} NO_SUCH_COLUMN, BAD_COLUMN_VALUE
 */
export function requireColumn(queue: RegisteredQueue, name: string, value: string): unknown {
  const type = Object.hasOwn(queue.types, name) ? queue.types[name] : undefined;
  if (type === undefined) {
    const known = [...queue.attributes].sort();
    throw new Refusal(
      'bad',
      'NO_SUCH_COLUMN',
      `the jobs of queue ${queue.name} have no column ${quoted(name)}; they have ${known.join(', ')}`,
      { known },
    );
  }
  if (value.includes('\0')) {
    throw new Refusal(
      'bad',
      'BAD_COLUMN_VALUE',
      `the value of the column ${quoted(name)} must be without NUL`,
    );
  }
  return type === 'jsonb' ? jsonOrText(value) : value;
}

/** A value that is no JSON is a text. */
function jsonOrText(value: string): unknown {
  try {
    return JSON.parse(value);
  } catch {
    return value;
  }
}
