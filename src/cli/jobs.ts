import { countJobs, listJobs } from '../operations/list-jobs.ts';
import type { JobSummary } from '../operations/views.ts';
import { textTable } from '../platform/text-table.ts';
import { type Answer, runAndAnswer } from './answer.ts';
import { type Command, readArguments, UsageError } from './command.ts';
import { jobFilterFlags, jobFilterHelp, jobFilterUsage, readJobFilter } from './job-filter-flags.ts';
import { queueNamed } from './named.ts';
import { bold, faint, painted } from './paint.ts';
import { readWhole } from './read-flags.ts';
import { visible } from './visible.ts';

const usage = `usage: switchyard jobs QUEUE ${jobFilterUsage}
         [--order newest|oldest] [--limit N] [--cursor CURSOR] [--count] [--json]`;

export const jobs: Command = {
  help: `${usage}

Lists the jobs of a queue, the newest first. Those that wait, with --status queued alone, stand in the order in which they start.

${jobFilterHelp}
  --limit    how many, 20 by default, 500 at most
  --cursor   goes on from where an earlier list ended
  --count    says how many match instead
  --json     prints { jobs: [ … ], nextCursor }; with --count { count, countedUpTo, more }

  switchyard jobs orders --status failed --code CARD_DECLINED --ended-after 1d`,

  async run(args) {
    const { words, flags } = readArguments(args, usage, {
      options: {
        ...jobFilterFlags,
        order: { type: 'string' },
        limit: { type: 'string' },
        cursor: { type: 'string' },
        count: { type: 'boolean' },
        json: { type: 'boolean' },
      },
      words: 1,
    });
    const [name] = words;
    if (!name) throw new UsageError(`QUEUE is missing\n${usage}`);
    const filter = readJobFilter(flags, usage);
    const order = readOrder(flags.order ?? 'newest');
    const limit = readWhole('limit', flags.limit ?? '20', { least: 1, most: 500 }, usage);
    await runAndAnswer('jobs', flags, async ({ pool }) => {
      const queue = await queueNamed(pool, name);
      if (flags.count === true) return countOf(await countJobs(pool, queue, filter));
      const page = await listJobs(pool, queue, { ...filter, order, limit, cursor: flags.cursor });
      return { json: page, text: listText(page.jobs, page.nextCursor) };
    });
  },
};

function readOrder(word: string): 'newest' | 'oldest' {
  if (word === 'newest' || word === 'oldest') return word;
  throw new UsageError(`--order must be newest or oldest; got ${JSON.stringify(word)}\n${usage}`);
}

const countOf = (counted: Awaited<ReturnType<typeof countJobs>>): Answer => ({
  json: counted,
  text: `${counted.count}${counted.more ? ' or more' : ''}`,
});

function listText(found: readonly JobSummary[], nextCursor: string | null): string {
  const more = nextCursor === null ? [] : [faint(`there may be more: --cursor ${nextCursor}`)];
  if (found.length === 0) return ['no job matches', ...more].join('\n');
  return [jobTable(found), ...more].join('\n');
}

/** Jobs in a table. */
export function jobTable(found: readonly JobSummary[]): string {
  const head = ['id', 'status', 'label', 'key', 'try', 'inserted', 'ended', 'error'];
  return textTable([head.map(bold), ...found.map(lineOf)]);
}

function lineOf(job: JobSummary): string[] {
  const error = job.error === null ? '' : [job.error.code, job.error.message].filter(Boolean).join(': ');
  return [
    visible(job.id),
    painted(job.status, visible(job.word, 30)),
    visible(job.label === job.id ? '' : (job.label ?? ''), 40),
    visible(job.key ?? '', 30),
    String(job.attempt),
    job.createdAt ?? '',
    job.endedAt ?? '',
    visible(error, 80),
  ];
}
