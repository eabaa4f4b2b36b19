/** What a job's workflow is started with: references only, never contents. */
export interface JobInput {
  queue: string;
  jobId: string;
  requestId: string | null;
  /** The identity of the database whose job it is; left out by starters that knew none. */
  database?: string;
  /** Where its activities run; left out: on the task queue of its workflow. */
  taskQueue?: string;
  /** Where its row is written; left out: on the task queue that goes with that of its workflow. */
  rowTaskQueue?: string;
  /** Of a workflow that knows nothing of this: the plugin of its worker begins and completes the row. */
  plain?: PlainWorkflow;
}

/** A workflow that knows nothing of Switchyard. */
export interface PlainWorkflow {
  /** The column that takes what it returns, as JSON: one of the `resultColumns`. Left out: its result is not kept. */
  readonly result?: string;
}

/** A job together with the run that works for it: what every fenced write is given. */
export interface JobRun extends JobInput {
  /** This run, whose id every later write names; and the first of its chain, by which a reset knows its row at its begin. */
  runIds: string[];
  /** The attempt that a workflow of several steps has begun; left out before that, and by all others. */
  attempt?: number;
}

/** What a workflow of several steps sees of its row. It goes through Temporal's history. */
export interface JobView {
  id: string;
  attempt: number;
  label: string | null;
  requestId: string | null;
  /** The `workflowColumns` of the queue, as JSON has them: times are texts. */
  values: Readonly<Record<string, unknown>>;
}

/** How the begin of a workflow of several steps came out. */
export type BegunJob =
  /** `answer`: to the last question of the job, if there was one. */
  | { status: 'begun'; job: JobView; answer?: Answer }
  | { status: 'parked'; parked: Parked }
  | { status: 'complete' | 'superseded' };

/** How the question of a job came to stand on its row. */
export type ParkedJob = { status: 'parked'; parked: Parked } | { status: 'superseded' };

export const OutcomeStatus = {
  complete: 'complete',
  /** The row was not this run's to work on: ended, taken by another run, or gone. Nothing was changed. */
  superseded: 'superseded',
  /** The row waits for a person, and the job is run again when it has an answer. */
  parked: 'parked',
} as const;
export type OutcomeStatus = (typeof OutcomeStatus)[keyof typeof OutcomeStatus];

/** How a job's work came out; failures are thrown. */
export interface JobOutcome {
  status: OutcomeStatus;
  /** Of a parked job. */
  parked?: Parked;
  /** How long each stage of the work took, in milliseconds, where the work names stages: for Temporal's Web UI. */
  stages?: Readonly<Record<string, number>>;
  /** What the work shows of its result, for Temporal's Web UI: the result itself stands on the row. */
  result?: Readonly<Record<string, string | number | boolean>>;
  /** How many tries it took, where it was more than one. */
  tries?: number;
}

/** What a job asks a person; stands on its row. */
export interface Question {
  /** The place in the work that asks: an answer names it. */
  step: string;
  message: string;
  /** The fields of the answer: an object of plain fields, as in MCP's elicitation. */
  schema: object;
  /** Whether an answer may say `decline` or `cancel` instead of a value, as in MCP's elicitation. */
  mayDecline?: true;
  answerWithinMs: number;
  /** Which asking of which run it is, where the engine counts them: none is put on the row twice. */
  asking?: string;
}

export interface Answer {
  step: string;
  value?: Record<string, unknown>;
  /** Left out: `accept`. */
  action?: 'accept' | 'decline' | 'cancel';
}

export interface Parked {
  step: string;
  /** What is asked; left out where only the row tells. */
  message?: string;
  /** How long the question still stands, in milliseconds. */
  waitMs: number;
}

/** Tells a workflow that its row has the answer. */
export const answeredSignal = 'answered';

/** Tells a workflow, in words, what its work is doing. */
export const progressSignal = 'switchyard-progress';

/** How a job ends without a result. */
export interface JobEnd {
  state: 'failed' | 'canceled';
  errorCode: string | null;
  errorMessage: string | null;
}
