import type { JobCounts } from '../operations/queue-status.ts';
import type { QueueDetails, QueueStatus, Status } from '../operations/status-of-queues.ts';
import { textTable } from '../platform/text-table.ts';
import { visible } from './visible.ts';
import { age } from './words.ts';

const states = ['queued', 'delayed', 'processing', 'failed', 'canceled'] as const;

/** The queues in a table, and below it what needs somebody's attention. */
export function statusText(status: Status): string {
  if (status.queues.length === 0)
    return 'there is no queue; switchyard add-queue makes one (switchyard add-queue --help)';
  const head = ['queue', 'kind', 'runs', ...states, 'oldest waits'];
  const lines = status.queues.map((queue) => [
    visible(queue.name),
    queue.kind,
    runs(queue),
    ...countsOf(queue, status.countedUpTo),
    age(queue.oldestWaitingSeconds),
  ]);
  const notes = [
    ...status.queues.flatMap((queue) =>
      notesOf(queue, status).map((note) => `${visible(queue.name)}: ${note}`),
    ),
    ...status.pausedSystems.map((pause) => `system ${visible(pause.system ?? '')}: ${pauseText(pause)}`),
    ...aroundNotes(status),
  ];
  return [textTable([head, ...lines]), ...(notes.length > 0 ? ['', ...notes] : [])].join('\n');
}

/** All of one queue. */
export function detailsText(queue: QueueDetails): string {
  const facts: [string, string][] = [
    ['queue', visible(queue.name)],
    ['kind', queue.kind],
    ['jobs in', queue.table],
    ...(queue.source === null ? [] : [['rows of', queue.source] as [string, string]]),
    ['runs', runs(queue)],
    ...Object.entries(queue.definition ?? {}).flatMap(([name, value]) => factOf(name, value)),
    ...states.map((state, at): [string, string] => [state, countsOf(queue, queue.countedUpTo)[at] ?? '']),
    ['oldest waits', age(queue.oldestWaitingSeconds)],
    ...Object.entries(queue.limits).flatMap(([name, value]) => factOf(name, value)),
    ['workers', queue.pollers === null ? 'not known' : String(queue.pollers)],
    ['starters', queue.starters.map((starter) => visible(starter)).join(', ') || 'none is connected'],
  ];
  const notes = [...notesOf(queue, queue), ...aroundNotes(queue)];
  return [
    textTable(facts),
    ...(notes.length > 0 ? ['', ...notes] : []),
    ...(queue.failedJobs?.length ? ['', 'the last failed jobs:', failedTable(queue.failedJobs)] : []),
  ].join('\n');
}

const runs = ({ workflow, taskQueue, kind }: QueueStatus) =>
  kind === 'watched' ? `${visible(workflow ?? '')} on ${visible(taskQueue ?? '')}` : "an application's code";

function countsOf({ counts }: { counts: JobCounts | null }, most: number): string[] {
  return states.map((state) => {
    if (counts === null) return '?';
    return counts[state] < most ? String(counts[state]) : `${most}+`;
  });
}

function notesOf(queue: QueueStatus, { starters }: Pick<Status, 'starters'>): string[] {
  return [
    ...(queue.problem === null ? [] : [`its jobs cannot be read: ${visible(queue.problem)}`]),
    ...queue.pauses.map((pause) => pauseText(pause)),
    ...(queue.pollers === 0
      ? [
          `nobody polls its task queue ${visible(JSON.stringify(queue.taskQueue))}: no worker would run its workflows`,
        ]
      : []),
    ...(queue.served || starters.length === 0 ? [] : ['no starter has looked at it yet']),
    ...(queue.errors ?? []).map(
      ({ code, jobs, lastAt }) =>
        `${jobs} of its last failed jobs ended with ${visible(code ?? 'no code')}, the last at ${lastAt}`,
    ),
  ];
}

function pauseText({
  scope,
  key,
  reason,
  pausedBy,
  pausedAt,
  automatic,
}: QueueStatus['pauses'][number]): string {
  const what = scope === 'key' ? `the key ${visible(JSON.stringify(key))} is paused` : 'paused';
  const by = automatic ? 'by itself' : `by ${visible(pausedBy)}`;
  return `${what} ${by} since ${pausedAt}: ${visible(reason)}`;
}

/** What holds for all queues alike. */
const aroundNotes = ({ temporal, starters }: Pick<Status, 'temporal' | 'starters'>): string[] => [
  ...(starters.length > 0 ? [] : ['no starter is connected to this database: switchyard start runs one']),
  ...(temporal.problem === null ? [] : [`workers were not looked for: ${visible(temporal.problem)}`]),
];

function factOf(name: string, value: unknown): [string, string][] {
  if (value === null || value === false) return [];
  return [[words(name), visible(typeof value === 'string' ? value : JSON.stringify(value), 500)]];
}

/** `maxInFlight` → `max in flight` */
const words = (name: string) => name.replace(/[A-Z]/g, (letter) => ` ${letter.toLowerCase()}`);

const failedTable = (jobs: NonNullable<QueueDetails['failedJobs']>) =>
  textTable(
    jobs.map(({ id, code, message, failedAt }) => [
      visible(id),
      failedAt ?? '',
      visible(code ?? ''),
      visible(message ?? ''),
    ]),
  );
