import { readJob } from '../operations/job-detail.ts';
import { readEvents, readSignals } from '../operations/job-history.ts';
import { temporalUiOf } from '../operations/temporal-ui.ts';
import type { JobDetail, JobEvent, SignalView } from '../operations/views.ts';
import { type CommandContext, runAndAnswer } from './answer.ts';
import { type Command, readArguments } from './command.ts';
import { jobText } from './job-text.ts';
import { jobNamed, type NamedJob } from './named.ts';
import { waitsOf } from './why.ts';

const usage = 'usage: switchyard job [QUEUE] ID [--json]';

/** How much of its history is shown: the first of it. */
const mostEntries = 200;

export interface WholeJob {
  job: JobDetail;
  events: JobEvent[];
  signals: SignalView[];
}

export const job: Command = {
  help: `${usage}

Shows one job: how it stands, why it waits, what happened to it, its input and result, and where Temporal's Web UI has its workflow.
Without QUEUE the job is looked for in all queues.

  --json  prints { job, events, signals }

  switchyard job orders 17`,

  async run(args) {
    const { words, flags } = readArguments(args, usage, { options: { json: { type: 'boolean' } }, words: 2 });
    await runAndAnswer('job', flags, async (context) => {
      const whole = await readWholeJob(context, await jobNamed(context.pool, words, usage));
      return { json: whole, text: jobText(whole) };
    });
  },
};

async function readWholeJob(context: CommandContext, { queue, id }: NamedJob): Promise<WholeJob> {
  const { pool, settings } = context;
  const options = {
    temporalUi: temporalUiOf(settings),
    waitsOf: () => waitsOf(context, { queue, id }),
  };
  const part = { after: undefined, limit: mostEntries };
  const [job, events, signals] = await Promise.all([
    readJob(pool, queue.name, id, options),
    readEvents(pool, queue.name, id, part),
    readSignals(pool, queue.name, id, part),
  ]);
  return { job, events, signals };
}
