import { type DatabaseTime, iso } from '../platform/database-types.ts';
import type { WaitReason } from './views.ts';
import { command, quoted, shortened } from './why-words.ts';

/** What `job` of the why statements reads. */
export interface JobRow {
  word: string;
  run_at: DatabaseTime | null;
  is_later: boolean | null;
  priority: number;
  exact_priority: string;
  key: string;
  cancel_requested_at: DatabaseTime | null;
  question: string | null;
  is_answered: boolean;
  answer_by: DatabaseTime | null;
  refused_times: number;
  refused_at: DatabaseTime | null;
  refused_code: string | null;
  refused_detail: string | null;
}

export function canceling({ cancel_requested_at: at }: JobRow): WaitReason[] {
  if (at === null) return [];
  const text = `a cancel was requested at ${iso(at)}: the starter asks its workflow to end`;
  return [{ code: 'CANCEL_REQUESTED', text, wayOut: null }];
}

export function notBefore({ run_at: at, is_later }: JobRow): WaitReason[] {
  if (at === null) return [];
  return is_later
    ? [
        {
          code: 'RUN_AT',
          text: `it is not to start before ${iso(at)}`,
          wayOut: 'wait, or have it start now: switchyard.reschedule(QUEUE, ID, NULL)',
        },
      ]
    : [
        {
          code: 'RUN_AT',
          text: `its time, ${iso(at)}, has come: the starter takes it up within seconds`,
          wayOut: null,
        },
      ];
}

/** The history keeps ten refusals, and after those the ones whose reason is another. */
const mostNoted = 10;

export function refusedStarts(job: JobRow): WaitReason[] {
  const { refused_times: times, refused_at: at, refused_detail: detail, refused_code: code } = job;
  if (times === 0 || at === null) return [];
  const often = times >= mostNoted ? `${mostNoted} times and more` : times === 1 ? 'once' : `${times} times`;
  const said = shortened(detail ?? 'no reason was noted');
  if (code === 'ID_TAKEN')
    return [{ code, text: said, wayOut: 'end that workflow, or wait for its end: it is tried again' }];
  return [
    {
      code: 'START_REFUSED',
      text: `its start was refused ${often}, at last at ${iso(at)}: ${said}`,
      wayOut: 'mend what the reason names; it is tried again, after ten minutes at most',
    },
  ];
}

export function waitsForAnswer(job: JobRow, queue: string, id: string): WaitReason[] {
  const by = job.answer_by === null ? '' : ` until ${iso(job.answer_by)}`;
  if (job.is_answered)
    return [
      {
        code: 'WAITS_FOR_ANSWER',
        text: 'it is answered: its workflow goes on when the starter has told it',
        wayOut: null,
      },
    ];
  return [
    {
      code: 'WAITS_FOR_ANSWER',
      text: `it waits for an answer${by}: ${quoted(job.question ?? '')}`,
      wayOut: `answer on the page, or by POST /api/queues/${encodeURIComponent(queue)}/jobs/${encodeURIComponent(id)}/answer; ${command('job', queue, id)} shows what is asked`,
    },
  ];
}
