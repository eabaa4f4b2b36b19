import type { JobDetail, JobEvent, SignalView } from '../operations/views.ts';
import { textTable } from '../platform/text-table.ts';
import { bold, painted } from './paint.ts';
import { visible } from './visible.ts';
import { reasonsText } from './why-text.ts';

/** The longest input or result that is shown; --json has all of it. */
const mostJson = 2_000;

/** All of one job. */
export function jobText({
  job,
  events,
  signals,
}: {
  job: JobDetail;
  events: readonly JobEvent[];
  signals: readonly SignalView[];
}): string {
  return [
    textTable(factsOf(job)),
    ...section('why it waits', job.waits.length === 0 ? '' : reasonsText(job.waits)),
    ...section('what happened', eventsTable(events)),
    ...section('signals', signalsTable(signals)),
    ...section('other columns', textTable(columnsOf(job))),
  ].join('\n');
}

const section = (title: string, text: string): string[] => (text === '' ? [] : ['', bold(title), text]);

function factsOf(job: JobDetail): string[][] {
  const facts: [string, string | null][] = [
    ['job', visible(job.id)],
    ['queue', visible(job.queue)],
    ['status', painted(job.status, visible(job.word))],
    ['label', job.label === job.id ? null : shown(job.label)],
    ['key', shown(job.key)],
    ['priority', job.priority === 0 ? null : String(job.priority)],
    ['attempt', String(job.attempt)],
    ['error', shown(job.error?.code ?? null)],
    ['message', shown(job.error?.message ?? null, 1_000)],
    ['inserted', job.createdAt],
    ['not before', job.runAt],
    ['started', job.startedAt],
    ['ended', job.endedAt],
    ['cancel requested', job.cancelRequestedAt],
    ['asks', shown(job.question?.message ?? null, 1_000)],
    ['answer by', job.question?.answerBy ?? null],
    ['workflow', shown(job.workflowId)],
    ['run', shown(job.runId)],
    ['task queue', shown(job.taskQueue)],
    ['started by', shown(job.startedBy)],
    ['Temporal', job.temporalUrl],
    ['input', json(job.input)],
    ['result', json(job.result)],
  ];
  return facts.flatMap(([name, value]) => (value === null || value === '' ? [] : [[name, value]]));
}

const shown = (text: string | null, most?: number) => (text === null ? null : visible(text, most));

const json = (value: unknown): string | null =>
  value === null || value === undefined ? null : visible(JSON.stringify(value), mostJson);

const columnsOf = ({ columns }: JobDetail): string[][] =>
  Object.entries(columns).flatMap(([name, value]) =>
    value === null
      ? []
      : [[visible(name), visible(typeof value === 'string' ? value : JSON.stringify(value))]],
  );

const eventsTable = (events: readonly JobEvent[]): string => textTable(events.map(eventLine));

/** One event on a line. */
export const eventLine = ({ at, from, to, attempt, actor, code, detail }: JobEvent): string[] => [
  at,
  from === null || from === to ? to : `${from} → ${to}`,
  `try ${attempt}`,
  visible(actor, 60),
  visible(code ?? '', 60),
  visible(detail ?? ''),
];

const signalsTable = (signals: readonly SignalView[]): string =>
  textTable(
    signals.map(({ createdAt, status, name, args, error }) => [
      createdAt,
      status,
      visible(name, 60),
      visible(JSON.stringify(args)),
      visible(error ?? ''),
    ]),
  );
