/** A queue: a job table and all the starter must know of it. Data only; a pipeline's code is its workflow. */
export interface QueueDefinition {
  /** Name of the queue, unique; it stands in logs, in Temporal's search attributes and on the doorbell. */
  readonly name: string;
  /** `schema.table` of the jobs. */
  readonly table: string;
  readonly columns: QueueColumns;
  /** Columns in which a finished job's result stands; activities give their values by these names. */
  readonly resultColumns: readonly string[];
  /** The words this table uses for the states of a job. */
  readonly states: QueueStates;
  /** Which waiting row goes first, the first term weighing most. Served by `claimIndex`. */
  readonly order: readonly { readonly column: string; readonly direction: 'ASC' | 'DESC' }[];
  /** The partial index (waiting rows, in `order`) without which a claim would read the whole backlog. */
  readonly claimIndex: string;
  /** SQL type of the id. UUIDs are workflow ids as they are; other keys get the queue's name before them. */
  readonly idType: 'uuid' | 'bigint' | 'integer' | 'text';
  /** The most rows one claim takes. */
  readonly batch: number;
  /** The most jobs in flight over all starters; `null`: no limit, and claims need not wait for each other. */
  readonly maxInFlight: number | null;
  readonly workflowType: string;
  readonly taskQueue: string;
  /** When Temporal ends the workflow whatever it does, in milliseconds; stands on the row as its deadline. */
  readonly deadlineMs: number;
}

interface QueueColumns {
  readonly id: string;
  readonly status: string;
  readonly runId: string;
  readonly attempt: string;
  readonly startedBy: string;
  readonly deadline: string;
  readonly startedAt: string;
  readonly priority: string;
  /** A short text that tells people which job this is (a file name); shown in Temporal's Web UI. */
  readonly label: string;
  /** The request that brought the job in; repeated in every log line of the job. */
  readonly requestId: string;
  readonly completedAt: string;
  readonly failedAt: string;
  readonly errorCode: string;
  readonly errorMessage: string;
}

interface QueueStates {
  readonly waiting: string;
  readonly inFlight: string;
  readonly complete: string;
  readonly failed: string;
  readonly canceled: string;
}

/** The id of a job's workflow: the job id itself, or `queue:id` where ids are no UUIDs and could meet another queue's. */
export function workflowIdOf(queue: Pick<QueueDefinition, 'name' | 'idType'>, jobId: string): string {
  return queue.idType === 'uuid' ? jobId : `${queue.name}:${jobId}`;
}
