import type { redriveView, sampleView } from '../api/redrive-view.ts';
import { textTable } from '../platform/text-table.ts';
import { bold } from './paint.ts';
import { visible } from './visible.ts';

/** How many jobs match, and the first of them. */
export interface Preview {
  count: number;
  /** There may be more. */
  more: boolean;
  sample: ReturnType<typeof sampleView>[];
}

type RedriveView = ReturnType<typeof redriveView>;

/** What a redrive would take. */
export function previewText(
  queue: string,
  action: RedriveView['action'],
  { count, more, sample }: Preview,
): string {
  const jobs = `${count}${more ? ' or more' : ''} ${count === 1 ? 'job' : 'jobs'}`;
  const found = `${jobs} of the queue ${visible(queue)} would ${action === 'retry' ? 'run again' : 'be canceled'}`;
  if (sample.length === 0) return found;
  const lines = sample.map(({ id, status, key, error, endedAt }) => [
    visible(id),
    status,
    visible(key ?? '', 30),
    endedAt,
    visible([error?.code, error?.message].filter(Boolean).join(': '), 80),
  ]);
  return [`${found}${sample.length < count ? '; the first of them' : ''}:`, textTable(lines)].join('\n');
}

/** How one redrive stands, on a line. */
export function redriveText(view: RedriveView): string {
  const of = view.total === null ? '' : ` of ${view.total}`;
  const parts = [
    `redrive ${view.id} of the queue ${visible(view.queue)} is ${stateOf(view)}`,
    view.action === 'retry'
      ? `${view.requeued}${of} jobs run again`
      : `${view.canceled}${of} jobs are canceled`,
    ...(view.skipped > 0 ? [`${view.skipped} were held by others`] : []),
    ...(view.refused > 0 ? [`${view.refused} were refused by their table`] : []),
    ...(view.waitsFor === null ? [] : [`it waits: ${visible(view.waitsFor)}`]),
    ...(view.error === null
      ? []
      : [`${visible(view.error.code ?? '')}: ${visible(view.error.message ?? '')}`]),
  ];
  return parts.join('; ');
}

export function redrivesTable(views: readonly RedriveView[]): string {
  if (views.length === 0) return 'there was no redrive yet';
  const head = ['id', 'queue', 'action', 'status', 'done', 'total', 'a second', 'by', 'reason'];
  return textTable([
    head.map(bold),
    ...views.map((view) => [
      view.id,
      visible(view.queue),
      view.action,
      stateOf(view),
      String(view.action === 'retry' ? view.requeued : view.canceled),
      view.total === null ? '' : String(view.total),
      String(view.perSecond),
      visible(view.createdBy, 40),
      visible(view.reason, 60),
    ]),
  ]);
}

const stateOf = ({ status, paused, cancelRequestedAt }: RedriveView): string => {
  if (status !== 'queued' && status !== 'processing') return status;
  if (cancelRequestedAt !== null) return 'being canceled';
  return paused ? 'paused' : status;
};
