import type { QueueDefinition } from '../queues/definition.ts';
import type { ClaimedJob } from './claimed-job.ts';

type ShownJob = Pick<ClaimedJob, 'id' | 'label' | 'share' | 'request_id' | 'watched'>;

/** Temporal refuses a start with more than 400 bytes of summary; encryption adds about 100 to it. */
const mostSummaryBytes = 240;
const longestValue = 200;

/** The line that Temporal's Web UI shows above a workflow: what people know the job by. */
export const staticSummaryOf = ({ label, id }: Pick<ShownJob, 'label' | 'id'>): string =>
  cutToBytes(label ?? id, mostSummaryBytes);

/**
 * What Temporal's Web UI shows of a workflow as *details*, in Markdown: the row that it runs for, and a link to the job on the page. It
 * travels through the payload codec, as inputs do.
 * @param publicUrl where the page is; `undefined`: there is no link
 */
export function staticDetailsOf(queue: QueueDefinition, job: ShownJob, publicUrl?: string): string {
  const rows: [string, string | null][] = [
    ['Queue', queue.name],
    ['Table', queue.table],
    ['Row', job.id],
    ['Name', job.label === job.watched?.workflow_id ? null : job.label],
    ['Key', job.share],
    ['Request', job.request_id],
  ];
  const lines = rows.flatMap(([name, value]) => (value === null ? [] : [`- ${name}: ${code(value)}`]));
  const link = publicUrl === undefined ? [] : ['', `[Open the job](${jobPageUrl(publicUrl, queue, job.id)})`];
  return [...lines, ...link].join('\n');
}

/** The address of a job on the page. */
function jobPageUrl(publicUrl: string, queue: Pick<QueueDefinition, 'name'>, id: string): string {
  return `${publicUrl}/queues/${escaped(queue.name)}/jobs/${escaped(id)}`;
}

/** Brackets end a link of Markdown, and are left as they are by the usual escaping. */
const escaped = (part: string): string =>
  encodeURIComponent(part.toWellFormed()).replace(/[()]/g, (bracket) => (bracket === '(' ? '%28' : '%29'));

/** A value may be any text: as code, Markdown in it means nothing. */
function code(value: string): string {
  const line = value.slice(0, longestValue).toWellFormed().replace(/\s+/g, ' ').replaceAll('`', "'");
  return `\`${line}\``;
}

function cutToBytes(text: string, most: number): string {
  const line = text.toWellFormed();
  if (Buffer.byteLength(line) <= most) return line;
  const { read } = new TextEncoder().encodeInto(line, new Uint8Array(most - 3));
  return `${line.slice(0, read)}…`;
}
