import { WorkflowFailedError } from '@temporalio/client';
import { NativeConnection } from '@temporalio/worker';
import {
  aborted,
  mapWords,
  type QueueDefinition,
  quoteColumn,
  quoteName,
  SetupError,
  workflowIdOf,
} from 'pg-switchyard';
import {
  claimOne,
  createTemporalClient,
  identify,
  loadTemporalConfig,
  openRolePool,
  verifyQueue,
} from 'pg-switchyard/starter';
import {
  createExternalStorage,
  createWorkerOf,
  installRuntime,
  nativeOptions,
  workflowBundle,
} from 'pg-switchyard/worker';
import { runProcess, type ServerContext } from './process.ts';
import { definePipelines, defineQueues } from './queues.ts';
import { workflowSources } from './workflow-sources.ts';

/** What the command says at its very end, and its exit code. */
interface Ending {
  says: string;
  code: number;
}

/** One job of the queue that the argument names, from its claim to its end. Waits for nothing that is away. */
async function runOnce(context: ServerContext): Promise<Ending> {
  const { settings, log, signal } = context;
  const asked = queueOf(context, process.argv[2]);
  installRuntime(log, 'warn');
  const config = loadTemporalConfig(settings, createExternalStorage(settings));
  const client = createTemporalClient(config, settings.workerId);
  const pool = openRolePool('run-once', { settings, log });
  try {
    await verifyQueue(pool, asked);
    const { id: database } = await identify({ client, pool, taskQueue: settings.taskQueue });
    const queue = { ...asked, database };
    const bundlePath = await workflowBundle(settings.workflowBundle, workflowSources, config.dataConverter);
    const connection = await NativeConnection.connect(nativeOptions(config));
    try {
      const { dataConverter } = config;
      const deps = {
        settings,
        queues: defineQueues(settings),
        pipelines: definePipelines(settings),
        connection,
        dataConverter,
        client,
        pool,
        database,
        bundlePath,
        log,
      };
      const worker = await createWorkerOf(queue, deps);
      const ending = finalizeOne({ pool, client, queue, workerId: settings.workerId, log, signal });
      await worker.runUntil(ending);
      return await ending;
    } finally {
      await connection.close();
    }
  } finally {
    await client.connection.close();
    await pool.end();
  }
}

function queueOf({ settings }: ServerContext, name: string | undefined): QueueDefinition {
  const queues = defineQueues(settings);
  const queue = queues.find((known) => known.name === name);
  if (queue !== undefined) return queue;
  throw new SetupError(
    `There is no queue "${name}"; there are ${queues.map((known) => known.name).join(', ')}`,
  );
}

/** Claims a job and waits for its end, which the worker beside it, or any other, brings about. */
async function finalizeOne(options: Parameters<typeof claimOne>[0]): Promise<Ending> {
  const { queue, signal } = options;
  const claim = await claimOne(options);
  if (claim === undefined) return { says: 'nothing to do', code: 0 };
  if ('heldBy' in claim) return { says: `nothing to do: the queue is held back (${claim.heldBy})`, code: 0 };
  await Promise.race([untilEnded(options, claim.id), aborted(signal)]);
  const row = await readRow(options, claim.id);
  const why = row.status === queue.states.inFlight ? unfinished : [row.error_code, row.error_message];
  return {
    says: [`${claim.id}: ${row.status}`, ...why].filter((part) => part !== null).join(' — '),
    code: row.status === queue.states.complete ? 0 : 1,
  };
}

const unfinished = ['this process was told to stop, or its workflow was ended from outside'];

async function untilEnded(
  { client, pool, queue }: Parameters<typeof claimOne>[0],
  id: string,
): Promise<void> {
  const { run_id } = await readRow({ pool, queue }, id);
  const ended = client.workflow.getHandle(workflowIdOf(queue, id), run_id ?? undefined).result();
  await ended.catch((error: unknown) => {
    if (!(error instanceof WorkflowFailedError)) throw error; // what a failure means, the row says
  });
}

async function readRow(
  { pool, queue }: Pick<Parameters<typeof claimOne>[0], 'pool' | 'queue'>,
  id: string,
): Promise<Record<'status' | 'run_id' | 'error_code' | 'error_message', string | null>> {
  const c = mapWords(queue.columns, quoteColumn);
  const { rows } = await pool.query(
    `SELECT ${c.status} AS status, ${c.runId} AS run_id, ${c.errorCode} AS error_code, ${c.errorMessage} AS error_message
       FROM ${quoteName(queue.table)} WHERE ${c.id} = $1`,
    [id],
  );
  return rows[0] ?? { status: 'gone', run_id: null, error_code: null, error_message: null };
}

await runProcess(
  'run-once',
  async (context) => {
    const { says, code } = await runOnce(context);
    process.stdout.write(`${says}\n`);
    return code;
  },
  'stderr',
);
