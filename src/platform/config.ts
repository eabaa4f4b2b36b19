import { availableParallelism } from 'node:os';
import { resolve } from 'node:path';
import { z } from 'zod';
import { passwordsIn, readDatabaseAddress } from './database-address.ts';
import { SetupError } from './errors.ts';
import { createRedaction } from './redaction.ts';

/** One environment variable: how it is read, what it means, and what it wants when the value is wrong. */
interface Setting<T> {
  readonly name: string;
  readonly schema: z.ZodType<T>;
  /** Ends the sentence "NAME must be …". */
  readonly wants: string;
  readonly about: string;
  readonly secret: boolean;
  /** Other names that are looked at, in turn, while `name` is not set. */
  readonly otherwise?: readonly string[];
}

function setting<T>(name: string, schema: z.ZodType<T>, wants: string, about: string): Setting<T> {
  return { name, schema, wants, about, secret: false };
}

function wholeNumber(
  name: string,
  fallback: number,
  min: number,
  max: number,
  unit: string,
  about: string,
  fallbackMeans = String(fallback),
) {
  const digits = z
    .string()
    .regex(/^-?\d+$/)
    .transform(Number)
    .pipe(z.number().int().min(min).max(max));
  const wants = `a whole number${unit && ` of ${unit}`} from ${min} to ${max} (default ${fallbackMeans})`;
  return setting(name, digits.default(fallback), wants, about);
}

function oneOf<const T extends readonly [string, ...string[]]>(
  name: string,
  values: T,
  fallback: T[number],
  about: string,
) {
  const wants = `one of ${values.join(', ')} (default ${fallback})`;
  return setting<T[number]>(name, z.enum(values).default(fallback as never), wants, about);
}

function folder(name: string, fallback: string, about: string) {
  const path = z
    .string()
    .min(1)
    .default(fallback)
    .transform((value) => resolve(value));
  return setting(name, path, `a folder (default ${fallback})`, about);
}

function httpUrl(name: string, fallback: string, about: string) {
  const url = z
    .url({ protocol: /^https?$/ })
    .regex(/^[^?#]*$/) // a path is put behind it
    .default(fallback)
    .transform((value) => value.replace(/\/+$/, ''));
  return setting(name, url, `an http:// or https:// address without ? and # (default ${fallback})`, about);
}

const text = (name: string, fallback: string, about: string, fallbackMeans = fallback) =>
  setting(
    name,
    z.string().min(1).max(200).default(fallback),
    `a text of 1 to 200 characters (default ${fallbackMeans})`,
    about,
  );

/** A word for a state of jobs, as a table that is there already has it. */
const stateWord = (name: string, fallback: string, about: string) =>
  setting(
    name,
    z
      .string()
      .regex(/^[\w-]{1,50}$/)
      .default(fallback),
    `a text of 1 to 50 letters, digits, "_", "-" (default ${fallback})`,
    about,
  );

const port = (name: string, fallback: number, about: string) =>
  wholeNumber(name, fallback, 0, 65_535, '', `${about}; 0 means any free one`);

/** Texts of one form, none by default. */
const listOf = (form: RegExp) =>
  z
    .string()
    .default('')
    .transform((list) =>
      list
        .split(',')
        .map((entry) => entry.trim())
        .filter((entry) => entry !== ''),
    )
    .pipe(z.array(z.string().regex(form)));

/** `name=whsec_…,name=whsec_…`; `undefined` when one is no such thing. https://www.standardwebhooks.com */
function readSecrets(list: string): Map<string, string> | undefined {
  const secrets = new Map<string, string>();
  for (const entry of list.split(',').filter((part) => part.trim() !== '')) {
    const [, name, key] = /^\s*([\w.-]{1,100})=whsec_([A-Za-z0-9+/]+={0,2})\s*$/.exec(entry) ?? [];
    const bytes = Buffer.from(key ?? '', 'base64').length;
    if (name === undefined || bytes < 24 || bytes > 64) return undefined;
    secrets.set(name, `whsec_${key}`);
  }
  return secrets;
}

/** How an MCP server is reached: a program that is started for each run, or an address. */
const mcpServer = z.union([
  z.strictObject({
    command: z.string().min(1),
    args: z.array(z.string()).default([]),
    env: z.record(z.string(), z.string()).default({}),
  }),
  z.strictObject({
    url: z.url({ protocol: /^https?$/ }),
    headers: z.record(z.string(), z.string()).default({}),
  }),
]);
export type McpServer = z.output<typeof mcpServer>;

const mcpServers = z
  .string()
  .default('{}')
  .transform((text, context): unknown => {
    try {
      return JSON.parse(text);
    } catch {
      context.addIssue('no JSON');
      return z.NEVER;
    }
  })
  .pipe(z.record(z.string().regex(/^[\w.-]{1,64}$/), mcpServer))
  .transform((servers): ReadonlyMap<string, McpServer> => new Map(Object.entries(servers)));

const MiB = 1024 * 1024;

/** A key for Temporal's payloads, by the name that encrypted payloads carry. */
export interface PayloadKey {
  readonly id: string;
  readonly key: Buffer;
}

const payloadKey = z
  .string()
  .trim()
  .regex(/^[\w.-]{1,64}:[A-Za-z0-9+/]{43}=$/)
  .transform((text): PayloadKey => {
    const [id = '', key = ''] = text.split(':');
    return { id, key: Buffer.from(key, 'base64') };
  });

/** `id:key,id:key`, the first of which encrypts. */
const payloadKeys = z
  .string()
  .transform((text) => text.split(','))
  .pipe(z.array(payloadKey))
  .refine((keys) => new Set(keys.map(({ id }) => id)).size === keys.length)
  .default([]);

/** An address of Postgres: of one host, or of several of which one can be written to. */
const databaseAddress = z.string().refine((address) => readDatabaseAddress(address) !== undefined);
const wantsDatabaseAddress =
  'a postgres:// address of one host, or of several (postgres://HOST:PORT,HOST:PORT/NAME; target_session_attrs: any, read-write, primary)';

/** Every setting of every process, in the order in which docs/settings.md lists them. */
export const settingsTable = {
  databaseUrl: {
    ...setting(
      'DATABASE_URL',
      databaseAddress.default('postgres://postgres@127.0.0.1:5432/switchyard'),
      `${wantsDatabaseAddress} (default postgres://postgres@127.0.0.1:5432/switchyard)`,
      'The database that holds the job tables; not set: POSTGRES_DSN, else TEST_DATABASE_URL',
    ),
    otherwise: ['POSTGRES_DSN', 'TEST_DATABASE_URL'],
    secret: true,
  },
  databaseDirectUrl: {
    ...setting(
      'DATABASE_DIRECT_URL',
      databaseAddress.optional(),
      `${wantsDatabaseAddress} (not set by default)`,
      'The same database past a connection pooler, for the doorbell and for `npm run migrate`; not set: DATABASE_URL',
    ),
    secret: true,
  },
  databasePoolSize: wholeNumber(
    'DATABASE_POOL_SIZE',
    10,
    2,
    200,
    'connections',
    'The most connections one process opens',
  ),
  workerId: text(
    'WORKER_ID',
    `worker-${process.pid}`,
    'Name of this process in rows, logs and Temporal',
    'worker-<process id>',
  ),
  logLevel: oneOf(
    'LOG_LEVEL',
    ['trace', 'debug', 'info', 'warn', 'error', 'silent'],
    'info',
    'The least level that is logged',
  ),
  logFormat: oneOf(
    'LOG_FORMAT',
    ['auto', 'json', 'pretty'],
    'auto',
    'auto is pretty on a terminal and JSON elsewhere',
  ),
  roles: setting(
    'ROLES',
    z
      .string()
      .default('starter,worker,api,gateway')
      .transform((value) => value.split(',').map((role) => role.trim()))
      .pipe(z.array(z.enum(['starter', 'worker', 'api', 'gateway'])).min(1)),
    'a comma-separated list of starter, worker, api, gateway (default all four)',
    'Which roles `npm run serve` hosts in one process',
  ),
  shutdownGraceMs: wholeNumber(
    'SHUTDOWN_GRACE_TIME',
    20_000,
    0,
    3_600_000,
    'milliseconds',
    'How long running work may go on after SIGTERM before it is handed back',
  ),
  healthPort: setting(
    'HEALTH_PORT',
    z.string().regex(/^\d+$/).transform(Number).pipe(z.number().max(65_535)).optional(),
    'a port from 0 to 65535 (not set by default)',
    'Where starter and worker answer /health/live, /health/ready and /metrics on loopback; not set: nowhere',
  ),
  temporalPayloadKeys: {
    ...setting(
      'TEMPORAL_PAYLOAD_KEYS',
      payloadKeys,
      'a comma-separated list of id:key, ids all different, each key 32 bytes in base64 (not set by default)',
      'Encrypts what Temporal stores of jobs: the first key encrypts, all decrypt; not set: nothing is encrypted',
    ),
    secret: true,
  },

  uploadRoot: folder(
    'UPLOAD_ROOT',
    '.data/uploads',
    'Where uploaded PDFs are stored; a row may name no file outside it',
  ),
  resultRoot: folder(
    'RESULT_ROOT',
    '.data',
    'Results are stored in results/ below it, shared by all workers and the API',
  ),
  stagingRoot: folder(
    'STAGING_ROOT',
    '.data/staging',
    'Where a gateway answer waits to be stored; shared by all workers',
  ),
  mappingsDir: folder('MAPPINGS_DIR', 'mappings', 'The mapping files, one `<mapping>.json` each'),

  apiHost: text('API_HOST', '127.0.0.1', 'The address the API listens on'),
  apiPort: port('API_PORT', 3000, 'The port of the API'),
  maxUploadBytes: wholeNumber(
    'MAX_UPLOAD_BYTES',
    100 * MiB,
    1,
    100 * MiB,
    'bytes',
    'The largest PDF that is taken',
  ),

  pollIntervalMs: wholeNumber(
    'POLL_INTERVAL',
    5000,
    10,
    3_600_000,
    'milliseconds',
    'How often an idle starter looks for rows that no doorbell announced; builds, deployments: 2 s; agent-runs: POLL_INTERVAL_MS',
  ),
  claimStaleMs: setting(
    'CLAIM_STALE_AFTER',
    z.string().regex(/^\d+$/).transform(Number).pipe(z.number().min(100).max(86_400_000)).optional(),
    'a whole number of milliseconds from 100 to 86400000 (default three poll intervals and a minute)',
    'A starter is not ready once the claim loop of a queue has made no round for so long; at least two poll intervals',
  ),
  doorbell: oneOf(
    'DOORBELL',
    ['on', 'off'],
    'on',
    'Whether writers wake a sleeping starter by NOTIFY; off: polling adapts',
  ),
  claimBatch: wholeNumber(
    'CLAIM_BATCH',
    10,
    1,
    1000,
    'rows',
    'The most rows one claim takes, of each queue but agent-runs (BATCH)',
  ),
  maxInFlight: wholeNumber(
    'MAX_IN_FLIGHT',
    100,
    1,
    1_000_000,
    'jobs',
    'The most jobs of a queue that run at once, over all starters; agent-runs have AGENT_MAX_IN_FLIGHT',
  ),

  fairShares: oneOf(
    'FAIR_SHARES',
    ['on', 'off'],
    'on',
    'Whether the customers of invoices take turns; off: strictly first in, first out',
  ),

  reconcileIntervalMs: wholeNumber(
    'RECONCILE_INTERVAL',
    30_000,
    1_000,
    3_600_000,
    'milliseconds',
    'How often rows and workflows are compared, and what does not fit is mended',
  ),
  lostWorkflow: oneOf(
    'LOST_WORKFLOW',
    ['fail', 'requeue'],
    'fail',
    'What becomes of a job whose workflow was terminated or timed out in Temporal (webhooks and redrives always fail, capture sessions always go again)',
  ),
  retentionJobsDays: wholeNumber(
    'RETENTION_JOBS_DAYS',
    0,
    0,
    36_500,
    'days',
    'How long ended rows are kept, with the files that belong to them; 0: for ever',
  ),
  retentionEventsDays: wholeNumber(
    'RETENTION_EVENTS_DAYS',
    0,
    0,
    36_500,
    'days',
    'How long the events of jobs are kept; 0: for ever',
  ),

  queues: setting(
    'QUEUES',
    z
      .string()
      .default('invoices')
      .transform((names) => names.split(',').map((name) => name.trim()))
      .pipe(z.array(z.string().min(1)).min(1)),
    'a comma-separated list of queues (default invoices)',
    'The queues that a starter claims from and a worker works for',
  ),
  taskQueue: text(
    'TASK_QUEUE',
    'switchyard',
    "Temporal's task queue between starters and workers; the other pipelines add their name to it",
  ),
  workerMaxActivities: wholeNumber(
    'WORKER_MAX_ACTIVITIES',
    10,
    1,
    1000,
    'activities',
    'The most activities one worker runs at once',
  ),
  workerMaxCachedWorkflows: wholeNumber(
    'WORKER_MAX_CACHED_WORKFLOWS',
    10,
    0,
    10_000,
    'workflows',
    'How many workflows a worker keeps in memory',
  ),
  workflowBundle: setting(
    'WORKFLOW_BUNDLE',
    z.string().min(1).optional(),
    'the path of a file made by `npm run bundle` (not set by default)',
    'A prebuilt workflow bundle; not set: built once and cached',
  ),

  workerDeployment: text(
    'WORKER_DEPLOYMENT',
    'switchyard',
    "Name of the workers' deployment in Temporal; means something only with WORKER_BUILD_ID",
  ),
  workerBuildId: setting(
    'WORKER_BUILD_ID',
    z
      .string()
      .regex(/^[\w.-]{1,100}$/)
      .optional(),
    'a text of 1 to 100 letters, digits, "_", "-", "." (not set by default)',
    'The version of these workers; set: jobs stay with the version they began on, and Temporal must be told which is current',
  ),

  gatewayUrl: httpUrl('GATEWAY_URL', 'http://gateway:8000', 'The gateway that turns PDF into XML'),
  gatewayTimeoutMs: wholeNumber(
    'GATEWAY_TIMEOUT',
    180_000,
    1,
    600_000,
    'milliseconds',
    'How long one call of the gateway may take',
  ),
  gatewayMaxAttempts: wholeNumber(
    'GATEWAY_MAX_ATTEMPTS',
    6,
    1,
    50,
    'tries',
    'How often a job tries before a retryable error is final',
  ),
  gatewayRetryInitialMs: wholeNumber(
    'GATEWAY_RETRY_INITIAL_INTERVAL',
    1000,
    1,
    3_600_000,
    'milliseconds',
    'Wait before the second try; doubles with each, half of it is jitter',
  ),
  gatewayRetryMaxMs: wholeNumber(
    'GATEWAY_RETRY_MAX_INTERVAL',
    60_000,
    1,
    3_600_000,
    'milliseconds',
    'The longest wait between two tries',
  ),

  gatewayMaxWaitMs: wholeNumber(
    'GATEWAY_MAX_WAIT',
    86_400_000,
    0,
    2_592_000_000,
    'milliseconds',
    'How long a job may wait for a gateway that is out of order; 0: it fails as soon as its tries are used up',
  ),
  gatewayBreakerJobs: wholeNumber(
    'GATEWAY_BREAKER_JOBS',
    5,
    1,
    10_000,
    'jobs',
    'So many jobs must fail for the gateway, with no success in between, before jobs wait for it instead',
  ),
  gatewayBreakerWindowMs: wholeNumber(
    'GATEWAY_BREAKER_WINDOW',
    30_000,
    100,
    3_600_000,
    'milliseconds',
    'The time in which those failures count; they must also have gone on for a tenth of it',
  ),
  gatewayProbeIntervalMs: wholeNumber(
    'GATEWAY_PROBE_INTERVAL',
    10_000,
    10,
    3_600_000,
    'milliseconds',
    'How often one job tries whether a gateway that is out of order is back',
  ),

  uploadsConcurrency: wholeNumber(
    'UPLOADS_CONCURRENCY',
    availableParallelism(),
    1,
    64,
    'documents',
    'How many documents of the queue uploads a worker reads at once, each PDF in a process of its own',
    'the number of cores',
  ),
  uploadsMemoryMiB: wholeNumber(
    'UPLOADS_MEMORY',
    512,
    64,
    16_384,
    'MiB',
    'The heap of the process that reads one PDF; beside the heap it may take 256 MiB more',
  ),
  uploadsPageTimeoutMs: wholeNumber(
    'UPLOADS_PAGE_TIMEOUT',
    60_000,
    100,
    600_000,
    'milliseconds',
    'How long one page of a PDF may take',
  ),

  gatewayHost: text('GATEWAY_HOST', '127.0.0.1', 'The address the reference gateway listens on'),
  gatewayPort: port('GATEWAY_PORT', 8000, 'The port of the reference gateway'),
  gatewayProcessTimeoutMs: wholeNumber(
    'GATEWAY_PROCESS_TIMEOUT',
    120_000,
    100,
    600_000,
    'milliseconds',
    'How long the reference gateway works on one PDF before it gives up',
  ),
  gatewayConcurrency: wholeNumber(
    'GATEWAY_CONCURRENCY',
    availableParallelism(),
    1,
    64,
    'PDFs',
    'How many PDFs the reference gateway converts at once',
    'the number of cores',
  ),
  gatewayMemoryMiB: wholeNumber(
    'GATEWAY_MEMORY',
    1024,
    64,
    16_384,
    'MiB',
    'Heap limit of one conversion in the reference gateway',
  ),

  webhookSecrets: {
    ...setting(
      'WEBHOOK_SECRETS',
      z.string().default('').transform(readSecrets).pipe(z.map(z.string(), z.string())),
      'a comma-separated list of NAME=whsec_BASE64, each of 24 to 64 bytes (default none)',
      'The secrets that sign webhooks, by the name that switchyard.subscriptions gives (default: "default")',
    ),
    secret: true,
  },

  mcpServers: {
    ...setting(
      'MCP_SERVERS',
      mcpServers,
      'JSON of {"NAME": {"command": "…", "args": […], "env": {…}} or {"url": "https://…", "headers": {…}}} (default none)',
      'The MCP servers that plans of agent runs may name: programs started for each run, or addresses',
    ),
    secret: true,
  },
  agentRepository: folder(
    'AGENT_REPOSITORY',
    '.data/agent-repository',
    'The git repository that agent runs begin with and commit to; shared by all workers',
  ),
  agentWorkspaces: folder(
    'AGENT_WORKSPACES',
    '.data/agent-workspaces',
    'Where those worktrees are made; shared by all workers',
  ),
  agentKeepWorkspace: oneOf(
    'AGENT_KEEP_WORKSPACE',
    ['on', 'off'],
    'off',
    'Whether the worktree of a lane stays when its run has ended; the branch always does',
  ),
  agentConcurrency: wholeNumber(
    'CONCURRENCY',
    4,
    1,
    1000,
    'runs',
    'How many agent runs one worker works on at once',
  ),
  agentBatch: wholeNumber('BATCH', 1, 1, 1000, 'rows', 'The most agent runs one claim takes'),
  agentPollIntervalMs: wholeNumber(
    'POLL_INTERVAL_MS',
    800,
    10,
    3_600_000,
    'milliseconds',
    'How often an idle starter looks for agent runs that no doorbell announced',
  ),
  agentMaxInFlight: wholeNumber(
    'AGENT_MAX_IN_FLIGHT',
    12,
    1,
    1_000_000,
    'runs',
    'The most agent runs at once, over all starters; those that wait for an answer do not count',
  ),
  agentInputTimeoutMs: wholeNumber(
    'AGENT_INPUT_TIMEOUT',
    86_400_000,
    1_000,
    2_592_000_000,
    'milliseconds',
    'How long a run waits for an answer before it fails',
  ),
  agentToolTimeoutMs: wholeNumber(
    'AGENT_TOOL_TIMEOUT',
    60_000,
    10,
    86_400_000,
    'milliseconds',
    'How long a tool may take without a word of progress; a step may name its own timeoutMs',
  ),
  agentToolMaxTimeMs: wholeNumber(
    'AGENT_TOOL_MAX_TIME',
    1_800_000,
    10,
    86_400_000,
    'milliseconds',
    'How long a tool may take in all, whatever it says meanwhile',
  ),
  agentToolMemoryMiB: wholeNumber(
    'AGENT_TOOL_MEMORY',
    1024,
    16,
    1_048_576,
    'MiB',
    'The most memory that one MCP server and its children take together',
  ),
  agentMaxResultBytes: wholeNumber(
    'AGENT_MAX_RESULT',
    10 * MiB,
    1024,
    1024 * MiB,
    'bytes',
    'The largest answer of a tool; a log or a diff is cut there',
  ),
  agentMaxLeftFiles: wholeNumber(
    'AGENT_MAX_LEFT_FILES',
    256 * MiB,
    0,
    64 * 1024 * MiB,
    'bytes',
    'The most that is kept, after each step, of what git does not commit: ignored files above all; a run that leaves more fails. 0: none is kept, and the log names it',
  ),
  buildRoot: folder('BUILD_ROOT', '.data/builds', 'Where builds work, and keep their logs and artifacts'),
  buildRepositories: setting(
    'BUILD_REPOSITORIES',
    listOf(/^(https?|ssh):\/\/[\w.:-]+$/),
    'a comma-separated list of addresses without a path, such as https://github.com (default none)',
    'The schemes and hosts from which repositories may be fetched',
  ),
  buildLocalRoots: setting(
    'BUILD_LOCAL_ROOTS',
    listOf(/^\//),
    'a comma-separated list of folders, absolute (default none)',
    'The folders below which repositories may lie',
  ),
  buildCommand: text('BUILD_COMMAND', 'sh build.sh', 'What builds a repository, run by sh in its folder'),
  buildCommandOverride: oneOf(
    'BUILD_COMMAND_OVERRIDE',
    ['on', 'off'],
    'off',
    'Whether the column build_command of a row goes before BUILD_COMMAND',
  ),
  buildOutput: text('BUILD_OUTPUT', 'dist', 'The folder in the repository that becomes the artifact'),
  buildSubmodules: oneOf(
    'BUILD_SUBMODULES',
    ['off', 'on'],
    'off',
    'Whether the submodules of a repository are fetched, too, by the rules of BUILD_REPOSITORIES and BUILD_LOCAL_ROOTS; off: the log of the build names those that are missing',
  ),
  buildTimeoutMs: wholeNumber(
    'BUILD_TIMEOUT',
    600_000,
    100,
    43_200_000,
    'milliseconds',
    'How long fetching the repository, and then building it, may take',
  ),
  buildMemoryMiB: wholeNumber(
    'BUILD_MEMORY',
    2048,
    16,
    1_048_576,
    'MiB',
    'How much memory the processes of one build may hold together',
  ),
  buildConcurrency: wholeNumber(
    'BUILD_CONCURRENCY',
    2,
    1,
    1000,
    'builds',
    'How many builds one worker runs at once',
  ),
  buildLogBytes: wholeNumber(
    'BUILD_LOG_BYTES',
    10 * MiB,
    1,
    1024 * MiB,
    'bytes',
    'How much of what git and the build say in one try, together, is kept in the log',
  ),
  buildArtifactBytes: wholeNumber(
    'BUILD_ARTIFACT_BYTES',
    1024 * MiB,
    1,
    1024 * 1024 * MiB,
    'bytes',
    'The largest output of a build, unpacked',
  ),
  deployRoot: folder(
    'DEPLOY_ROOT',
    '.data/deployments',
    'Where deployments go: `<environment>/current` is what is live',
  ),
  deployKeep: wholeNumber(
    'DEPLOY_KEEP',
    5,
    1,
    1000,
    'releases',
    'How many releases an environment keeps, the live one among them',
  ),

  commandEnvironment: setting(
    'COMMAND_ENVIRONMENT',
    z
      .string()
      .default('PATH,LANG,TZ')
      .transform((names) => names.split(',').map((name) => name.trim()))
      .pipe(z.array(z.string().regex(/^[A-Za-z_]\w*$/))),
    'a comma-separated list of names of environment variables (default PATH,LANG,TZ)',
    'What commands that strangers wrote or feed (git, builds, MCP servers) may see of the environment of the worker',
  ),
  dbSchema: setting(
    'DB_SCHEMA',
    z
      .string()
      .regex(/^[a-z_][a-z0-9_]{0,62}$/)
      .default('schedule_ingest'),
    'a name of small letters, digits, "_", at most 63 (default schedule_ingest)',
    'The schema of capture_session, schedule_version and day_schedule',
  ),
  pendingState: stateWord('PENDING_STATE', 'pending', 'The word in capture_session.state for: waits'),
  processingState: stateWord('PROCESSING_STATE', 'processing', 'The same for: runs'),
  doneState: stateWord('DONE_STATE', 'done', 'The same for: ended well'),
  failedState: stateWord('FAILED_STATE', 'failed', 'The same for: failed'),
  canceledState: stateWord('CANCELED_STATE', 'canceled', 'The same for: ended because somebody asked for it'),
  leaseTimeoutSeconds: wholeNumber(
    'LEASE_TIMEOUT_SECONDS',
    300,
    1,
    86_400,
    'seconds',
    'How old locked_at of a row that an older, non-Temporal worker left may grow before the row is taken over',
  ),
  simulatedWorkSeconds: wholeNumber(
    'SIMULATED_WORK_SECONDS',
    0,
    0,
    3_600,
    'seconds',
    'How much longer the finalization of a session is made to take, for tests',
  ),

  postgresPort: port('POSTGRES_PORT', 5432, 'The port of the embedded Postgres of `npm start`'),
  temporalPort: port('TEMPORAL_PORT', 7233, 'The port of the Temporal dev server of `npm start`'),
  temporalUiPort: port('TEMPORAL_UI_PORT', 8233, "The port of Temporal's Web UI of `npm start`"),
} satisfies Record<string, Setting<unknown>>;

type Settings = { readonly [K in keyof typeof settingsTable]: z.output<(typeof settingsTable)[K]['schema']> };

export type { Settings };

/**
 * Reads and checks every setting, once, at start.
 * @throws {SetupError} naming each wrong setting, the value it got (never a secret's) and what it wants
 */
export function loadSettings(env: NodeJS.ProcessEnv = process.env): Settings {
  const problems: string[] = [];
  const hideSecrets = createRedaction([]);
  const entries = Object.entries(settingsTable).map(([key, entry]: [string, Setting<unknown>]) => {
    const name = [entry.name, ...(entry.otherwise ?? [])].find((known) => env[known]) ?? entry.name;
    const raw = env[name];
    const parsed = entry.schema.safeParse(raw === '' ? undefined : raw);
    if (!parsed.success) {
      const got = entry.secret ? 'a value that is not shown' : shown(hideSecrets(raw ?? ''));
      problems.push(`${name} must be ${entry.wants}, got ${got}`);
    }
    return [key, parsed.data];
  });
  if (problems.length > 0) throw new SetupError(`Wrong settings:\n  ${problems.join('\n  ')}`);
  return Object.fromEntries(entries) as Settings;
}

/** Settings of Temporal's own environment configuration that are secrets. */
const temporalSecrets = ['TEMPORAL_API_KEY', 'TEMPORAL_TLS_CLIENT_KEY_DATA'];
/** A shorter value may well stand in a log by chance, and hiding it there would only tell what it is. */
const leastSecretLength = 16;

/**
 * The values that no log and no error text may show, as they stand in the environment. Line by line: an error may escape what is
 * between. Passwords are part of addresses.
 */
export function secretValues(env: NodeJS.ProcessEnv = process.env): string[] {
  const named = [settingsTable.temporalPayloadKeys, settingsTable.webhookSecrets];
  return [
    ...temporalSecrets.flatMap((name) => env[name]?.split(/\s+/) ?? []),
    ...named.flatMap(({ name }) => env[name]?.split(/[\s,:=_]+/) ?? []),
    ...mcpSecrets(env),
    ...databaseSecrets(env),
  ].filter((value) => value.length >= leastSecretLength);
}

/** The passwords of the database, which a library may print without the address. */
function databaseSecrets(env: NodeJS.ProcessEnv): string[] {
  const { databaseUrl, databaseDirectUrl } = settingsTable;
  const names = [databaseUrl.name, ...databaseUrl.otherwise, databaseDirectUrl.name];
  return names.flatMap((name) => passwordsIn(env[name] ?? ''));
}

/** What MCP servers are given in their environments and headers. */
function mcpSecrets(env: NodeJS.ProcessEnv): string[] {
  const parsed = settingsTable.mcpServers.schema.safeParse(env[settingsTable.mcpServers.name] || undefined);
  if (!parsed.success) return [];
  const given = [...parsed.data.values()].flatMap((server) =>
    Object.values('url' in server ? server.headers : server.env),
  );
  return given.flatMap((value) => value.split(/\s+/));
}

/** Quoted, not at full length, and without the name and password that an address may hold. */
function shown(raw: string): string {
  const told = raw.replace(/\/\/[^/]*@/g, '//…@');
  return JSON.stringify(told.length > 200 ? `${told.slice(0, 200)}…` : told);
}

/** The environment as it is, for those that start other programs. */
export const environment = (): NodeJS.ProcessEnv => process.env;

/** Those variables of the environment that have these names: all that a program may see which strangers wrote or feed. */
export function allowedEnvironment(
  names: readonly string[],
  env: NodeJS.ProcessEnv = process.env,
): Record<string, string> {
  const has = (name: string) => [name, env[name]] as const;
  return Object.fromEntries(
    names.map(has).filter((entry): entry is [string, string] => entry[1] !== undefined),
  );
}
