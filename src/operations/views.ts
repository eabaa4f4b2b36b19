import { z } from 'zod';

/**
 * What people and programs are shown of queues and jobs: the API answers it, `switchyard … --json` prints it, the page draws it. Times are
 * ISO 8601 in UTC. Their `id`s are their names in the OpenAPI document.
 */

const time = z.string().nullable();

/** The states in the words of `switchyard.job_events`, whatever the table calls them; `other`: one of the table's own. */
const jobStates = ['queued', 'processing', 'parked', 'complete', 'failed', 'canceled', 'other'] as const;

/** One reason why a job that waits is not running. The first is what has to change first. */
export const waitReason = z
  .object({
    code: z.enum([
      /** The queue, its key or a system that it needs is paused. */
      'PAUSED',
      /** It is not to start before a time. */
      'RUN_AT',
      /** The queue, or its key, has as many jobs in flight as its limit allows. */
      'LIMIT',
      /** The queue has started as many jobs as its rate allows. */
      'RATE',
      /** Other jobs go first: of lower priority number, inserted earlier, or of keys whose turn it is. */
      'BEHIND',
      /** The queue that goes before this one has jobs waiting. */
      'OTHER_QUEUE_FIRST',
      /** No process claims jobs of the queue. */
      'NO_STARTER',
      /** No worker polls the task queue: the workflow starts, and does nothing. */
      'NO_WORKER',
      'TEMPORAL_AWAY',
      /** Temporal, or the table, refused to start it; it is tried again. */
      'START_REFUSED',
      /** A workflow that is not its own has the workflow id. */
      'ID_TAKEN',
      /** It is parked: a person is asked. */
      'WAITS_FOR_ANSWER',
      /** A cancel was requested; it is carried out with the next claim. */
      'CANCEL_REQUESTED',
      /** Nothing holds it: it starts with the next claim. */
      'NEXT',
    ]),
    /** One sentence in plain words, with the names and numbers that matter. */
    text: z.string(),
    /** What to do about it: a command, or words; null: nothing but to wait. */
    wayOut: z.string().nullable(),
  })
  .meta({ id: 'WaitReason' });

export const pause = z
  .object({
    scope: z.enum(['queue', 'key', 'system']),
    queue: z.string().nullable(),
    key: z.string().nullable(),
    system: z.string().nullable(),
    reason: z.string(),
    pausedBy: z.string(),
    pausedAt: z.string(),
    /** Set by the breaker of a system, which also ends it. */
    automatic: z.boolean(),
  })
  .meta({ id: 'Pause' });

export const limits = z
  .object({
    inFlight: z.number().nullable(),
    inFlightPerKey: z.number().nullable(),
    startsPerSecond: z.number().nullable(),
    fair: z.boolean().nullable(),
  })
  .meta({ id: 'Limits' });

export const queueView = z
  .object({
    name: z.string(),
    /** `fenced`: its workflow begins and completes the row; `watched`: any workflow, which the starter watches. */
    kind: z.enum(['fenced', 'watched']),
    /** The job table. */
    table: z.string(),
    /** The application's table whose rows are its jobs; null: it has none. */
    source: z.string().nullable(),
    workflow: z.string().nullable(),
    taskQueue: z.string().nullable(),
    hasKeys: z.boolean(),
    /** Each is counted up to `countedUpTo`. */
    counts: z
      .object({
        queued: z.number(),
        delayed: z.number(),
        processing: z.number(),
        parked: z.number(),
        failed: z.number(),
        canceled: z.number(),
      })
      .nullable(),
    countedUpTo: z.number(),
    oldestWaitingSeconds: z.number().nullable(),
    /** Jobs a minute, over the last five full minutes. */
    rates: z
      .object({ inserted: z.number(), started: z.number(), complete: z.number(), failed: z.number() })
      .nullable(),
    limits,
    /** Where nothing was set, what the definition or the settings of the processes say. */
    inForce: limits,
    /** Outside systems that its jobs need. */
    needs: z.array(z.string()),
    pauses: z.array(pause),
    /** Whether a starter claims its jobs; null: it cannot be seen from here. */
    served: z.boolean().nullable(),
    /** How many workers poll its task queue; null: not known. */
    pollers: z.number().nullable(),
    /** Why the job table could not be read; null: it was. */
    problem: z.string().nullable(),
  })
  .meta({ id: 'QueueView' });

export const jobSummary = z
  .object({
    queue: z.string(),
    id: z.string(),
    status: z.enum(jobStates),
    /** The table's own word for the state. */
    word: z.string(),
    /** What people know the job by. */
    label: z.string().nullable(),
    key: z.string().nullable(),
    priority: z.number(),
    attempt: z.number(),
    createdAt: time,
    runAt: time,
    startedAt: time,
    /** When it was complete, failed or canceled. */
    endedAt: time,
    cancelRequestedAt: time,
    error: z.object({ code: z.string().nullable(), message: z.string().nullable() }).nullable(),
  })
  .meta({ id: 'JobSummary' });

export const jobDetail = jobSummary
  .extend({
    workflowId: z.string().nullable(),
    runId: z.string().nullable(),
    taskQueue: z.string().nullable(),
    startedBy: z.string().nullable(),
    deadline: time,
    requestId: z.string().nullable(),
    /** Where Temporal's Web UI shows the workflow; null: it has none, or the address of the Web UI is not set. */
    temporalUrl: z.string().nullable(),
    /** The workflow's input, where the job table holds it. */
    input: z.unknown(),
    result: z.unknown(),
    /** All other columns of the row, by name; values longer than 1 000 characters are cut. */
    columns: z.record(z.string(), z.unknown()),
    /** What a parked job asks: `schema` is a JSON Schema of the answer. */
    question: z
      .object({ step: z.string(), message: z.string(), schema: z.unknown(), answerBy: time })
      .nullable(),
    /** Why it is not running; empty for one that runs or has ended. */
    waits: z.array(waitReason),
    /** How long each step took, in seconds; null: it has not come. */
    ledger: z.object({
      inserted: time,
      claimed: time,
      started: time,
      firstActivity: time,
      ended: time,
      mirrored: time,
    }),
  })
  .meta({ id: 'JobDetail' });

export const jobEvent = z
  .object({
    id: z.string(),
    at: z.string(),
    queue: z.string(),
    jobId: z.string(),
    attempt: z.number(),
    from: z.string().nullable(),
    to: z.string(),
    runId: z.string().nullable(),
    actor: z.string(),
    code: z.string().nullable(),
    detail: z.string().nullable(),
  })
  .meta({ id: 'JobEvent' });

const workflowStep = z
  .object({
    /** Of the event with which it begins. */
    id: z.string(),
    kind: z.enum(['activity', 'timer', 'signal', 'update', 'child', 'workflow task']),
    /** The type of the activity or workflow, the name of the signal, how long the timer takes. */
    name: z.string(),
    /** What the workflow says about it. */
    summary: z.string().nullable(),
    state: z.enum(['waiting', 'running', 'complete', 'failed', 'timed out', 'canceled']),
    /** Of an activity: its last try. */
    attempt: z.number().nullable(),
    scheduledAt: time,
    /** Of an activity: when its last try began. */
    startedAt: time,
    endedAt: time,
    nextTryAt: time,
    /** `message` null: it is encrypted. Of an activity that goes on: what failed its last try. */
    failure: z.object({ type: z.string().nullable(), message: z.string().nullable() }).nullable(),
  })
  .meta({ id: 'WorkflowStep' });

export const workflowSteps = z
  .object({
    steps: z.array(workflowStep),
    /** The history goes on. */
    more: z.boolean(),
    firstActivityAt: time,
    /** Why the steps are not known; null: they are. */
    unknown: z.string().nullable(),
  })
  .meta({ id: 'WorkflowSteps' });

export const signalView = z
  .object({
    id: z.string(),
    name: z.string(),
    args: z.unknown(),
    createdAt: z.string(),
    status: z.enum(['waiting', 'sent', 'failed']),
    error: z.string().nullable(),
  })
  .meta({ id: 'SignalView' });

/** Failed jobs that ended for one reason. */
export const failureGroup = z
  .object({
    queue: z.string(),
    code: z.string().nullable(),
    /** The message without numbers, ids and times, by which jobs are grouped. */
    pattern: z.string(),
    jobs: z.number(),
    firstAt: time,
    lastAt: time,
    sample: z.object({ id: z.string(), message: z.string().nullable() }),
  })
  .meta({ id: 'FailureGroup' });

/** One key of a queue: a customer, a tenant. */
export const keyView = z
  .object({
    key: z.string(),
    queued: z.number(),
    processing: z.number(),
    /** Of the jobs in flight, between 0 and 1. */
    share: z.number(),
    limit: z.number().nullable(),
    pause: pause.nullable(),
  })
  .meta({ id: 'KeyView' });

/** A question of a parked job. */
export const inboxItem = z
  .object({
    queue: z.string(),
    id: z.string(),
    label: z.string().nullable(),
    key: z.string().nullable(),
    step: z.string(),
    message: z.string(),
    schema: z.unknown(),
    askedAt: time,
    answerBy: time,
  })
  .meta({ id: 'InboxItem' });

/** What `doctor` found. */
const finding = z
  .object({
    /** Stable, in capitals: OLD_SNAPSHOT, NO_POLLER … */
    code: z.string(),
    severity: z.enum(['ok', 'notice', 'warning', 'error']),
    /** Queue, table, process or setting that it is about. */
    subject: z.string(),
    text: z.string(),
    wayOut: z.string().nullable(),
  })
  .meta({ id: 'Finding' });

/** Who did what: changes by people and tokens, not those by the processes. */
export const auditEntry = z
  .object({
    at: z.string(),
    actor: z.string(),
    /** `retry`, `cancel`, `pause`, `resume`, `limits`, `redrive`, `answer`, `token` … */
    action: z.string(),
    queue: z.string().nullable(),
    jobId: z.string().nullable(),
    detail: z.string().nullable(),
  })
  .meta({ id: 'AuditEntry' });

/** An outside system that jobs need, with its breaker. */
export const systemView = z
  .object({
    system: z.string(),
    /** Queues whose jobs need it, as far as this process has their code. */
    neededBy: z.array(z.string()),
    /** To the second; null: it was not seen to answer. */
    lastSuccessAt: time,
    /** Failures of the last ten minutes that say that the system is out of order, counted up to 1 000. */
    failures: z.number(),
    pause: pause.nullable(),
    /** When the breaker lets the next job try it. */
    probeAt: time,
    failedProbes: z.number(),
  })
  .meta({ id: 'SystemView' });

/** Who is told when jobs of a queue end. */
export const subscriptionView = z
  .object({
    name: z.string(),
    queue: z.string(),
    statuses: z.array(z.string()),
    /** Scheme, host and port of its address; null: rows wait in `switchyard.completions`. */
    place: z.string().nullable(),
    /** The name of the secret that signs its webhooks. */
    secret: z.string(),
    createdBy: z.string(),
    createdAt: z.string(),
  })
  .meta({ id: 'SubscriptionView' });

/** One webhook, which is a job of the queue `webhooks`. */
export const deliveryView = jobSummary
  .extend({
    subscription: z.string(),
    /** The job whose end it tells. */
    of: z.object({ queue: z.string(), jobId: z.string(), status: z.string(), code: z.string().nullable() }),
    /** The HTTP status that the receiver answered. */
    responseStatus: z.number().nullable(),
  })
  .meta({ id: 'DeliveryView' });

/** A token of the API; the token itself is kept nowhere. */
export const tokenView = z
  .object({
    name: z.string(),
    scopes: z.array(z.enum(['read', 'write', 'operate'])),
    createdAt: z.string(),
    expiresAt: time,
    revokedAt: time,
    /** To the hour. */
    lastUsedAt: time,
  })
  .meta({ id: 'TokenView' });

/** What happened in one minute. */
export const minuteView = z
  .object({
    at: z.string(),
    inserted: z.number(),
    started: z.number(),
    complete: z.number(),
    failed: z.number(),
    canceled: z.number(),
    /** Of the jobs that started in it: from when they could start, in seconds. */
    waitP50: z.number().nullable(),
    waitP95: z.number().nullable(),
    /** Of the jobs that ended in it: from the insert to the end, in seconds. */
    totalP95: z.number().nullable(),
  })
  .meta({ id: 'MinuteView' });

/** This part of the jobs, such as 0.99, is to start, or to end, within so many seconds. */
const objective = z.object({ seconds: z.number(), part: z.number() });

/** null: none was set. */
export const objectives = z
  .object({
    /** From when a job could start to its start. */
    waiting: objective.nullable(),
    /** From the insert of a job to its end. */
    total: objective.nullable(),
  })
  .meta({ id: 'Objectives' });

/** How fast the objective of a queue is being missed over the last so many minutes. */
export const burnRate = z
  .object({
    queue: z.string(),
    of: z.enum(['waiting', 'total']),
    /** This part of the jobs is to start, or to end, within so many seconds. */
    seconds: z.number(),
    part: z.number(),
    minutes: z.number(),
    /** 1: just as many are late as the objective allows; null: no job started, or ended. */
    rate: z.number().nullable(),
  })
  .meta({ id: 'BurnRate' });

export type WaitReason = z.infer<typeof waitReason>;
export type QueueView = z.infer<typeof queueView>;
export type JobSummary = z.infer<typeof jobSummary>;
export type JobDetail = z.infer<typeof jobDetail>;
export type JobEvent = z.infer<typeof jobEvent>;
export type WorkflowStep = z.infer<typeof workflowStep>;
export type WorkflowSteps = z.infer<typeof workflowSteps>;
export type SignalView = z.infer<typeof signalView>;
export type FailureGroup = z.infer<typeof failureGroup>;
export type KeyView = z.infer<typeof keyView>;
export type InboxItem = z.infer<typeof inboxItem>;
export type Finding = z.infer<typeof finding>;
export type AuditEntry = z.infer<typeof auditEntry>;
export type MinuteView = z.infer<typeof minuteView>;
export type Objectives = z.infer<typeof objectives>;
export type BurnRate = z.infer<typeof burnRate>;
export type Pause = z.infer<typeof pause>;
export type Limits = z.infer<typeof limits>;
export type SystemView = z.infer<typeof systemView>;
export type SubscriptionView = z.infer<typeof subscriptionView>;
export type DeliveryView = z.infer<typeof deliveryView>;
export type TokenView = z.infer<typeof tokenView>;
