import type { PlainWorkflow } from './job.ts';

/** A queue: a job table and all the starter must know of it. Data only; a pipeline's code is its workflow. */
export interface QueueDefinition {
  /** Name of the queue, unique; it stands in logs, in Temporal's search attributes and on the doorbell. */
  readonly name: string;
  /**
   * The identity of the database that holds its jobs, as every process of ours is told at its start (`ofDatabase`). What belongs to
   * another database is left alone. Left out: nobody is told apart.
   */
  readonly database?: string;
  /** What metrics call it where one process serves several databases: `DATABASE/QUEUE`; left out: its name. */
  readonly shownAs?: string;
  /** `schema.table` of the jobs. */
  readonly table: string;
  readonly columns: QueueColumns;
  /** Columns in which a finished job's result stands; activities give their values by these names. */
  readonly resultColumns: readonly string[];
  /** Columns that the work may write while the job runs (`update` of its context), fenced like its end; left out: none. */
  readonly progressColumns?: readonly string[];
  /**
   * Columns that a workflow of several steps is given at its begin, beside id, attempt, label and request id. They pass through
   * Temporal's history: small ones, and nothing secret. Left out: none.
   */
  readonly workflowColumns?: readonly string[];
  /** The words this table uses for the states of a job. */
  readonly states: QueueStates;
  /** Left out: its jobs never wait for a person. The table was given to `switchyard.add_parking`. */
  readonly parking?: QueueParking;
  /** Which waiting row goes first, the first term weighing most. Served by `claimIndex`. */
  readonly order: readonly { readonly column: string; readonly direction: 'ASC' | 'DESC' }[];
  /** The partial index (waiting rows whose time has come, in `order`) without which a claim would read the whole backlog. */
  readonly claimIndex: string;
  /**
   * What limits per key, fair shares and pauses of a key go by (a customer): a column of texts, and the partial index
   * (priority, coalesce(column, ''), the rest of `order`) of the rows that `claimIndex` holds. Not every queue has one.
   */
  readonly key?: {
    readonly column: string;
    readonly claimIndex: string;
    /** What takes turns instead, where several keys are one's (the lanes of a session): its column. Left out: the keys. */
    readonly shareColumn?: string;
    /**
     * The most jobs in flight of each key, where `switchyard.limits` says nothing else; left out: no limit. With 1, a unique
     * index on `column` of the rows in flight can guarantee it, whoever writes them and whatever the limits say.
     */
    readonly maxInFlight?: number;
  };
  /** SQL type of the id. UUIDs are workflow ids as they are; other keys get the queue's name before them. */
  readonly idType: 'uuid' | 'bigint' | 'integer' | 'text';
  /** The most rows one claim takes. */
  readonly batch: number;
  /** How often an idle starter looks for rows that nobody rang for, in milliseconds; left out: `POLL_INTERVAL`. */
  readonly pollIntervalMs?: number;
  /** The most jobs in flight over all starters; `null`: no limit, and claims need not wait for each other. */
  readonly maxInFlight: number | null;
  /** Whether keys (or their shares) of one priority take turns, whatever each has waiting. Without `key` it means nothing. */
  readonly fair: boolean;
  /** The outside systems that its jobs need, by the names that `switchyard.pauses` uses: paused, the queue waits. */
  readonly needs: readonly string[];
  /**
   * A queue that goes before this one: nothing is claimed while rows of it wait that could be (it is not paused, and its
   * limit in flight is not reached). Rates, and limits and pauses of single keys, are not looked at. It counts in processes
   * that serve both.
   */
  readonly after?: QueueDefinition;
  /** How long a job may wait for a system that is out of order, in milliseconds; 0: it fails when its tries are used up. */
  readonly maxWaitMs: number;
  readonly workflowType: string;
  /**
   * Its workflow knows nothing of Switchyard, and its worker has the plugin (`switchyardPlugin`), which begins the row before it and
   * completes the row after it. It is given the `workflowColumns` as one object. Left out: the workflow does both itself.
   */
  readonly plainWorkflow?: PlainWorkflow;
  /**
   * Its workflow is anybody's, in any language: the starter starts it with the row's input and watches how it ends. Its table is made from
   * the template of `switchyard.create_job_table`. Left out: a fenced queue, whose workflow begins and completes the row.
   */
  readonly watched?: WatchedWorkflow;
  /**
   * Temporal's, where workers write its rows for its workflows; left out: `rowTaskQueue` of `taskQueue`. A queue with a `plainWorkflow` has a
   * `taskQueue` of its own, and names that of the engine's workers here: `rowTaskQueue(settings)`.
   */
  readonly rowTaskQueue?: string;
  /** Temporal's, of its workflows: one for all queues, as any worker can go on with any workflow. */
  readonly taskQueue: string;
  /** Temporal's, of its activities, which only workers that serve it take; left out: `taskQueue`. Queues may share one. */
  readonly workTaskQueue?: string;
  /** How many of its jobs a worker works on at once; left out: `WORKER_MAX_ACTIVITIES`. */
  readonly workerSlots?: number;
  /**
   * Whether `startedAt` is written again when the work begins, so that it does not count the wait for a place in a worker: for
   * jobs that take seconds, as it is one more write for each. Left out: it is the time of the claim.
   */
  readonly startedAtWork?: boolean;
  /** Served by every starter and worker, whatever `QUEUES` says: it works for the others. */
  readonly always?: boolean;
  /** When Temporal ends the workflow whatever it does, in milliseconds; stands on the row as its deadline. `null`: never. */
  readonly deadlineMs: number | null;
  /**
   * A table that workers of an older system claimed by a lease. Their rows in flight have no run id: the reconciler leaves
   * them alone. Once the lease of one has run out, and no row waits, it is set back to waiting, so that the claim takes it.
   */
  readonly adopts?: {
    /** When the older worker took the row; NULL: never counts as run out. */
    readonly leaseColumn: string;
    readonly timeoutMs: number;
  };
  /** What makes or adopts the table where settings name it or its words: a statement that `npm run migrate` runs each time. */
  readonly install?: { readonly statement: string; readonly values: readonly string[] };
  /** What its jobs leave on disk, and which files its rows name; left out: nothing. */
  readonly files?: QueueFiles;
  /** Ended rows that retention leaves, however old they are; left out: none. */
  readonly keeps?: QueueKeeps;
  /** What becomes of a job whose workflow was ended from outside (terminated, timed out): ended too, or queued again. */
  readonly lostWorkflow: 'fail' | 'requeue';
}

/** How a workflow is started that knows nothing of Switchyard, and what else its end is written to. */
export interface WatchedWorkflow {
  /** Whether the input of a row is an array of arguments, and not the one argument. */
  readonly inputIsArgs: boolean;
  /** For the whole chain of runs, in milliseconds; left out: no limit. */
  readonly executionTimeoutMs?: number;
  /** For each run of it, in milliseconds; left out: no limit. */
  readonly runTimeoutMs?: number;
  /** The application's table that shows how its jobs go; left out: none. */
  readonly mirror?: Mirror;
}

interface Mirror {
  /** Its name as SQL, quoted by Postgres. */
  readonly source: string;
  /** The column that is the job's id. */
  readonly id: string;
  /** Its columns, by the columns of the job table that they show. */
  readonly columns: Readonly<Record<string, string>>;
}

export interface QueueFiles {
  /** What belongs to its rows alone: without the row it is an orphan, and retention removes it with the row. */
  readonly own: readonly FileKind[];
  /** Where rows name files by their paths. A file that a row of any queue names is not removed. */
  readonly named: readonly FileNames[];
}

/** Files or folders of jobs, by the names that Switchyard gives: `<job id><ending>`, nothing else. */
export interface FileKind {
  readonly folder: string;
  /** What their keys begin with where files are kept in a bucket; left out: they are in the folder in any case. */
  readonly prefix?: string;
  /** `''`: a folder for each job. */
  readonly ending: string;
  /** In the folder of a job, what begins so is of one try alone: a left-over a day after the row has ended. */
  readonly triesPrefix?: string;
}

/** A column of paths below a folder. */
interface FileNames {
  readonly folder: string;
  /** `schema.table`; not always that of the jobs. */
  readonly table: string;
  readonly column: string;
}

interface QueueKeeps {
  /** Rows whose id stands in this column of another table, which has an index on it. */
  readonly namedIn?: { readonly table: string; readonly column: string };
  /** Of each value of `per`, the last complete row of each of the `count` values of `of` that were complete last. */
  readonly newest?: { readonly per: string; readonly of: string; readonly count: number };
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
  /** Not before this time; cleared when it has come. */
  readonly runAt: string;
  readonly cancelRequestedAt: string;
  readonly canceledAt: string;
}

/** How jobs wait for a person: parked, with a question on the row, and not in flight until it has an answer. */
interface QueueParking {
  /** The word for that state. */
  readonly state: string;
  /** Column of JSON: `{ step, message, schema }`. */
  readonly question: string;
  /** Column of JSON that anybody may set, once: `{ step, value }`. */
  readonly answer: string;
  /** Column of the time after which no answer is taken. */
  readonly answerBy: string;
  /** Whether a parked job keeps its key's place in flight, so that no other job of its key overtakes it. */
  readonly holdsKey: boolean;
}

interface QueueStates {
  readonly waiting: string;
  readonly inFlight: string;
  readonly complete: string;
  readonly failed: string;
  readonly canceled: string;
}

/** The same queues, known as those of one database. */
export const ofDatabase = (queues: readonly QueueDefinition[], database: string): QueueDefinition[] =>
  queues.map((queue) => ({ ...queue, database }));

/** The words of the states in which a run owns the row: in flight, and parked. */
export function ownedStates(queue: Pick<QueueDefinition, 'states' | 'parking'>): string[] {
  return [queue.states.inFlight, ...(queue.parking === undefined ? [] : [queue.parking.state])];
}

/** The id of a job's workflow: the job id itself, or `queue:id` where ids are no UUIDs and could meet another queue's. */
export function workflowIdOf(queue: Pick<QueueDefinition, 'name' | 'idType'>, jobId: string): string {
  return queue.idType === 'uuid' ? jobId : `${queue.name}:${jobId}`;
}

const uuid = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** The id that somebody writes, as Postgres writes it: a UUID in small letters, a number without zeros before it. */
const ids: Record<QueueDefinition['idType'], (text: string) => string | undefined> = {
  uuid: (text) => (uuid.test(text) ? text.toLowerCase() : undefined),
  integer: (text) => wholeNumber(text, 32),
  bigint: (text) => wholeNumber(text, 64),
  text: (text) => (text.includes('\0') ? undefined : text),
};

function wholeNumber(text: string, bits: number): string | undefined {
  if (!/^-?\d{1,40}$/.test(text)) return undefined;
  const number = BigInt(text);
  return BigInt.asIntN(bits, number) === number ? String(number) : undefined;
}

/** The id of this type that a text names; `undefined`: it names none. */
export const readId = (idType: QueueDefinition['idType'], text: string): string | undefined =>
  ids[idType](text);

/** Whether a job of the queue could have this id, as Postgres writes it: `017` is not an id. */
export const isIdOf = ({ idType }: Pick<QueueDefinition, 'idType'>, id: string): boolean =>
  readId(idType, id) === id;

/** The job whose workflow has this id; `undefined` for a workflow that is none of the queue's. */
export function jobIdOf(
  queue: Pick<QueueDefinition, 'name' | 'idType'>,
  workflowId: string,
): string | undefined {
  const prefix = queue.idType === 'uuid' ? '' : `${queue.name}:`;
  const id = workflowId.slice(prefix.length);
  return workflowId.startsWith(prefix) && isIdOf(queue, id) ? id : undefined;
}

/** The label of a queue in metrics. */
export const labelOf = ({ name, shownAs }: Pick<QueueDefinition, 'name' | 'shownAs'>): string =>
  shownAs ?? name;
