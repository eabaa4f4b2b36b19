import type { QueryValue } from '../../api/request.ts';

/** Names of the address and of the API alike. */
const filterNames = [
  'status',
  'code',
  'key',
  'q',
  'createdAfter',
  'createdBefore',
  'endedAfter',
  'endedBefore',
] as const;
type FilterName = (typeof filterNames)[number];

/** What the jobs are filtered by; columns of the table as `column.NAME`. */
export type JobFilter = Readonly<Record<string, string>>;

/** The filter that the address holds. Times without a zone are of the browser's. */
export function filterOf(params: URLSearchParams): JobFilter {
  const entries = [...params].filter(
    ([name, value]) =>
      value !== '' && ((filterNames as readonly string[]).includes(name) || name.startsWith('column.')),
  );
  return Object.fromEntries(entries);
}

/** As the API takes it. */
export function apiFilter(filter: JobFilter): Record<string, QueryValue> {
  return Object.fromEntries(
    Object.entries(filter).map(([name, value]) => [name, isTime(name) ? toUtc(value) : value]),
  );
}

const isTime = (name: string) => /(After|Before)$/.test(name);

function toUtc(local: string): string {
  const at = new Date(local);
  return Number.isNaN(at.getTime()) ? local : at.toISOString();
}

const endedStates = ['failed', 'canceled'];
const openStates = ['queued', 'delayed', 'processing', 'parked'];

export interface BulkChoice {
  /** The body of a redrive, without its reason and pace. */
  body?: Record<string, unknown>;
  /** Why the jobs that match cannot be changed at once. */
  obstacle?: string;
}

/** The states that a redrive takes: of jobs that run one at a time is asked to stop. */
const together = { retry: endedStates, cancel: ['queued', 'delayed'] } as const;

/** What retries, or cancels, all jobs that match the filter. Without a state: those that failed, or those that wait. */
export function bulkOf(queue: string, action: 'retry' | 'cancel', filter: JobFilter): BulkChoice {
  const possible: readonly string[] = together[action];
  const asked = listOf(filter['status']) ?? (action === 'retry' ? ['failed'] : possible);
  const states = asked.filter((state) => possible.includes(state));
  if (states.length === 0)
    return {
      obstacle: `All that match can be ${verb[action]} only where they are ${possible.join(' or ')}. Choose one of these states.`,
    };
  const columns = Object.entries(filter).flatMap(([name, value]) =>
    name.startsWith('column.') ? [[name.slice('column.'.length), value]] : [],
  );
  const body = {
    queue,
    action,
    states,
    errorCodes: listOf(filter['code']),
    keys: filter['key'] && [filter['key']],
    textContains: filter['q'],
    columns: columns.length === 0 ? undefined : Object.fromEntries(columns),
    ...timesOf(filter),
  };
  return { body: Object.fromEntries(Object.entries(body).filter(([, value]) => value !== undefined)) };
}

const verb = { retry: 'retried', cancel: 'canceled' } as const;

const listOf = (text: string | undefined) => text?.split(',').filter((part) => part !== '');

const timesOf = (filter: JobFilter) =>
  Object.fromEntries(
    Object.entries(filter).flatMap(([name, value]) => (isTime(name) ? [[name, toUtc(value)]] : [])),
  );

const labels: Record<FilterName, string> = {
  status: 'State',
  code: 'Error code',
  key: 'Key',
  q: 'Text',
  createdAfter: 'Inserted after',
  createdBefore: 'Inserted before',
  endedAfter: 'Ended after',
  endedBefore: 'Ended before',
};

export const filterLabel = (name: string): string =>
  Object.hasOwn(labels, name) ? labels[name as FilterName] : name.replace(/^column\./, '');

/** Which of the selected jobs can be retried or canceled, and what the others are. */
export function actionable<Job extends { status: string }>(
  action: 'retry' | 'cancel',
  jobs: readonly Job[],
): { can: Job[]; others: Map<string, number> } {
  const possible = action === 'retry' ? endedStates : openStates;
  const others = new Map<string, number>();
  for (const { status } of jobs)
    if (!possible.includes(status)) others.set(status, (others.get(status) ?? 0) + 1);
  return { can: jobs.filter(({ status }) => possible.includes(status)), others };
}
