/** Which search attributes workflows are started with. */
export type SearchAttributeChoice = 'off' | 'names' | 'all';

/** A key for Temporal's payloads, by the name that encrypted payloads carry. */
export interface PayloadKey {
  readonly id: string;
  readonly key: Buffer;
}

/** The settings of the engine. Times are in milliseconds unless a setting says otherwise. */
export interface Settings {
  /** The database that holds the job tables: a `postgres://` address. */
  readonly databaseUrl: string;
  /** The same database past a connection pooler, for what needs a session; left out: `databaseUrl`. */
  readonly databaseDirectUrl?: string | undefined;
  /** The most connections that one process opens. */
  readonly databasePoolSize: number;

  /** The name of this process in rows, logs and Temporal. */
  readonly workerId: string;
  /** Where people open the page, for links to jobs in Temporal's Web UI; left out: there are none. */
  readonly publicUrl?: string | undefined;
  readonly logLevel: 'trace' | 'debug' | 'info' | 'warn' | 'error' | 'silent';
  /** `auto` is pretty on a terminal and JSON elsewhere. */
  readonly logFormat: 'auto' | 'json' | 'pretty';
  /** How long running work may go on after the signal to stop, before it is handed back. */
  readonly shutdownGraceMs: number;
  /** Where starter and worker answer `/health/live`, `/health/ready` and `/metrics`; left out: nowhere. */
  readonly healthPort?: number | undefined;
  /** The address on which they do. */
  readonly healthHost: string;
  /** The address of Temporal's Web UI, without a slash at its end; left out: not known. */
  readonly temporalUiUrl?: string | undefined;
  /** Where a worker answers `/metrics` of Temporal's SDK on loopback; left out: nowhere. */
  readonly temporalMetricsPort?: number | undefined;
  /** They encrypt what Temporal stores of jobs: the first encrypts, all decrypt; none: nothing is encrypted. */
  readonly temporalPayloadKeys: readonly PayloadKey[];
  /** The address of a codec server that encodes and decodes payloads, in place of keys; left out: there is none. */
  readonly temporalCodecEndpoint?: string | undefined;
  /** What the codec server is given as Authorization; left out: nothing. */
  readonly temporalCodecAuth?: string | undefined;
  /** The path of a module that exports `dataConverter`, in place of keys; left out: there is none. */
  readonly temporalDataConverter?: string | undefined;

  /** How often an idle starter looks for rows that no doorbell announced. */
  readonly pollIntervalMs: number;
  /** A starter is not ready once a claim loop has made no round for so long; left out: three poll intervals and a minute. */
  readonly claimStaleMs?: number | undefined;
  /** Whether writers wake a sleeping starter by NOTIFY. */
  readonly doorbell: 'on' | 'off';
  /** Which search attributes workflows are started with: none, the queue and the name, or the identity of the database as well. */
  readonly searchAttributes: SearchAttributeChoice;
  /** The most rows that one claim takes. */
  readonly claimBatch: number;

  /** How often rows and workflows are compared. */
  readonly reconcileIntervalMs: number;
  /** How long a task must have waited for a worker, with none as old in its task queue, until it is scheduled again. */
  readonly lostTaskAfterMs: number;
  /** How long ended rows are kept, with the files that belong to them, in days; 0: for ever. */
  readonly retentionJobsDays: number;
  /** How long the events of jobs are kept, in days; 0: for ever. */
  readonly retentionEventsDays: number;

  /** Temporal's task queue between starters and workers; others add a word to it. */
  readonly taskQueue: string;
  /** Results are stored in `results/` below it, shared by all workers and the API. */
  readonly resultRoot: string;
  /** Where an answer waits to be stored, shared by all workers. */
  readonly stagingRoot: string;
  /** Where files are kept; left out: in folders. */
  readonly storage?: 'folders' | 's3';
  /** The bucket of files, where they are kept in one. */
  readonly s3Bucket?: string | undefined;
  /** The address of the server that has the bucket; left out: that of AWS. */
  readonly s3Endpoint?: string | undefined;
  readonly s3Region?: string | undefined;
  /** What all keys in the bucket begin with. */
  readonly s3Prefix?: string;
  /** Whether the bucket is named in the path of addresses, and not as a host. */
  readonly s3PathStyle?: 'on' | 'off';
  /** Whether the API passes downloads on, or sends clients to an address of the bucket. */
  readonly s3Downloads?: 'stream' | 'redirect';
  /** How long a job may wait for a bucket that is out of order. */
  readonly s3MaxWaitMs?: number;
  /** Whether large payloads are kept where files are, and Temporal gets references; left out: they are not. */
  readonly externalStorage?: 'off' | 'on';
  /** The folder of these payloads, where files are kept in folders. */
  readonly payloadRoot?: string;
  /** The secrets that sign webhooks, by the name that a subscription gives. */
  readonly webhookSecrets: ReadonlyMap<string, string>;
  /** The most activities that one worker runs at once. */
  readonly workerMaxActivities: number;
  /** How often a running job tells Temporal that it is alive, and hears that it was canceled; from 400. */
  readonly heartbeatIntervalMs: number;
  /** How many workflows a worker keeps in memory. */
  readonly workerMaxCachedWorkflows: number;
  /** A workflow bundle made beforehand; left out: built once and kept. */
  readonly workflowBundle?: string | undefined;
  /** The name of the workers' deployment in Temporal; it means something only with `workerBuildId`. */
  readonly workerDeployment: string;
  /** The version of these workers; set: jobs stay with the version they began on. */
  readonly workerBuildId?: string | undefined;

  /** The address that the API listens on. */
  readonly apiHost: string;
  readonly apiPort: number;
}
