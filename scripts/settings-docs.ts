// Writes docs/settings.md and .env.example from the settings themselves: `npm run settings`.
import { writeFileSync } from 'node:fs';
import { settingsTable } from '../server/settings.ts';

/** Where a group begins, what it is called, and what follows from its settings. */
const groups: Record<string, { title: string; notes: string }> = {
  DATABASE_URL: {
    title: 'Every process',
    notes: `
* \`DATABASE_URL\` must be the same for starters, workers and API. The account needs to read and write
  Switchyard's tables; for \`npm run migrate\` it needs the right to make them.
* \`DATABASE_URL\` and \`DATABASE_DIRECT_URL\` may name several hosts, as libpq takes them: each new connection goes to the one that
  can be written to (\`primary\`: to the one that is no standby), so a failover is followed.
* \`DATABASE_DIRECT_URL\` is needed where \`DATABASE_URL\` leads through PgBouncer in transaction mode: without it the doorbell is
  not heard, and rows are looked for every \`POLL_INTERVAL\` ([troubleshooting.md](troubleshooting.md#pgbouncer-and-other-poolers)).
* \`DATABASE_POOL_SIZE\` counts for each role of each process, and a starter has one connection more for the doorbell: the
  sum must stay below the server's \`max_connections\`. A worker wants as many as \`WORKER_MAX_ACTIVITIES\`; with fewer, jobs
  wait for each other at their begin and end.
* \`WORKER_ID\`: the default tells the processes of one machine apart. Over several, give each its own; the image takes the name of
  its container.
* \`SHUTDOWN_GRACE_TIME\`: whoever ends the process must wait longer than this, by 10 s at least (\`stop_grace_period\`,
  \`terminationGracePeriodSeconds\`), or work is cut off instead of handed back, and waits for the heartbeat timeout.
* \`HEALTH_PORT\` asks for no token. On loopback, as shipped, a probe has to run inside the container:
  \`node deploy/health.mjs http://127.0.0.1:9000/health/ready\`. API and gateway answer on their own ports.
* \`TEMPORAL_PAYLOAD_KEYS\` must be the same for starters and workers. A key: \`openssl rand -base64 32\`. What is encrypted,
  what is not, and how to change a key: [security.md](security.md#what-temporal-stores).
* A codec server (\`TEMPORAL_CODEC_ENDPOINT\`) is asked as Temporal's command line asks it, within 3 s. While it is away jobs stay queued, which is
  told in the log. The text of failures goes through it too.
* \`TEMPORAL_DATA_CONVERTER\` is loaded by \`require\`: a module without \`await\` at its top. Of these two and \`TEMPORAL_PAYLOAD_KEYS\` set one
  at most. With each of them Temporal compares keys of jobs, and shows jobs, by other names than the rows have.
`,
  },
  UPLOAD_ROOT: {
    title: 'Files',
    notes: `
* Relative folders are taken from the folder where the process starts.
* \`UPLOAD_ROOT\` and \`RESULT_ROOT\` must be the same storage for the API and all workers: over several hosts a shared
  file system. Rows hold paths relative to them, so a root may be moved together with its files.
* \`STAGING_ROOT\` should be shared too. Where it is not, a job that goes on with another worker calls the gateway again.
* \`MAX_UPLOAD_BYTES\` is also the most that a worker sends, that it takes as an answer, and that the reference gateway
  takes: give all of them the same value. Beyond it a job ends as \`TOO_LARGE\`, an upload with \`413\`.
`,
  },
  STORAGE: {
    title: 'Files in a bucket',
    notes: `
* All of them must be the same for starters, workers and the API. What they mean, and which rights they need: [storage.md](storage.md).
* Credentials are found by the AWS client's own chain: \`AWS_ACCESS_KEY_ID\` and \`AWS_SECRET_ACCESS_KEY\` (never logged), \`AWS_PROFILE\`, the role
  of the container, the pod or the machine.
* With \`STORAGE=s3\` the roots hold only what is not whole yet, and each process may have its own. \`DEPLOY_ROOT\` and what
  agent runs need stay folders that are shared: see [storage.md](storage.md).
* \`S3_MAX_WAIT\` is added to the deadline of jobs whose files are in the bucket.
`,
  },
  MAX_IN_FLIGHT: {
    title: 'All queues',
    notes: `
* \`MAX_IN_FLIGHT\` must be the same for all starters. Rows beyond it wait in the table, where priority still counts; rows
  within it wait in Temporal's task queue. Good: the sum of \`WORKER_MAX_ACTIVITIES\` over all workers, and some more.
* \`MAX_IN_FLIGHT\` counts for each of the queues \`invoices\`, \`uploads\`, \`capture-sessions\`, \`builds\` and \`deployments\` (of which an
  environment has one at a time). Agent runs have \`AGENT_MAX_IN_FLIGHT\` and \`BATCH\`; of redrives 4 run at once, of webhooks 10 000, and 1 000 to one receiver.
* \`LOST_WORKFLOW\` must be the same for all workers.
* \`switchyard.limits\` goes before all of these ([controlling-jobs.md](controlling-jobs.md)).
`,
  },
  API_HOST: {
    title: 'API',
    notes: `
* \`API_HOST\`: on loopback the API answers only to the names of this machine. On any other address it does not start until
  there is a token (\`npm run token -- create NAME --scopes read,write\`), and answers nobody without one.
* \`TEMPORAL_UI_URL\`: the namespace of the links is \`TEMPORAL_NAMESPACE\`. Where a profile names it, write it behind the address:
  \`https://temporal.example/namespaces/jobs\`. \`npm start\` sets it.
`,
  },
  POLL_INTERVAL: {
    title: 'Starter',
    notes: `
* \`POLL_INTERVAL\` is the longest that a row waits which nobody rang for; each pause is 20 % shorter or longer by chance. With
  \`DOORBELL=off\` pauses begin at 50 ms after the last row and grow up to it.
* \`DOORBELL\` should be the same for all starters: one with \`off\` tells writers at its start to ring for nobody.
* \`CLAIM_STALE_AFTER\`: \`/health/ready\` of a starter answers \`503\` from then on, and names the queue, until that queue's loop
  comes round again.
* \`CLAIM_BATCH\`: a larger one holds more rows locked while Temporal answers. It makes no difference to throughput.
`,
  },
  RECONCILE_INTERVAL: {
    title: 'Reconciler and retention',
    notes: `
* Workers read these, and the last one that starts sets the schedule; give all of them the same. Starters read
  \`LOST_TASK_AFTER\` and \`RETENTION_JOBS_DAYS\` for the queues that they watch.
* \`LOST_TASK_AFTER\`: Temporal's servers have been seen to lose tasks ([testing](testing.md)). A task is scheduled again only while
  workers poll its task queue and no task that waits there is as old, so a long backlog is left alone.
* Retention removes ended rows whose workflow does not run, once an hour, in batches of 100, each row together with what is its
  own by its name: of an invoice \`<id>.pdf\` in \`UPLOAD_ROOT\` and its result, of a build the folder \`<id>\` in \`BUILD_ROOT\`
  with log and artifact, of an agent run the folder \`agent-runs/<id>\` in \`RESULT_ROOT\`. What has such a name and no row is
  removed after a day, so keep no folders of your own there whose names are whole numbers or UUIDs.
* What a try of a build left (\`BUILD_ROOT/<id>/try-…\`: its worker was killed, or came too late) goes with the next try, or a day
  after the build has ended, whatever retention says; that of a deployment with the next one of its environment, after four days.
* A file that another row names stays, and so do documents of \`uploads\` and their texts, whatever they are called: they, and what
  your application stored under another name, are your application's to remove.
* Deployments of the last \`DEPLOY_KEEP\` releases of each environment stay, the live one among them, and builds that a deployment
  names, with their artifacts: each can be rolled back to, however old it is. Retention removes no release;
  \`DEPLOY_KEEP\` does.
* Any worker may be the one that removes: \`UPLOAD_ROOT\`, \`RESULT_ROOT\` and \`BUILD_ROOT\` must be the same storage for all of
  them, whatever queues they serve.
* With [the role of a worker](security.md#database-roles) alone retention may remove nothing. Let it, for each queue you use:
  \`GRANT DELETE ON jobs, upload_pipeline.upload_jobs, schedule_ingest.capture_session, ops.runs, builds, deployments,\`
  \`switchyard.webhook_deliveries, switchyard.redrives TO switchyard_worker;\`
  \`GRANT EXECUTE ON FUNCTION switchyard.remove_events TO switchyard_worker;\`
`,
  },
  QUEUES: {
    title: 'Queues and workers',
    notes: `
* \`QUEUES\`: each starter and each worker may serve queues of its own, as long as each queue has one of both. Webhooks and redrives,
  which serve the others, are served by all of them.
* \`TASK_QUEUE\` must be the same for starters and workers. A difference fails nothing and moves nothing.
* \`HEARTBEAT_INTERVAL\`: each is an action on Temporal Cloud, 150 in a minute of work as shipped. A longer one costs less, and a cancel is heard that
  much later. A worker that died is noticed after 10 s either way.
* \`WORKER_MAX_ACTIVITIES\` and \`WORKER_MAX_CACHED_WORKFLOWS\` cost memory. \`npm run worker\` allows the heap 128 MiB, with
  which a worker stays under 256 MB in all as shipped. Raise \`--max-old-space-size\` along with them, or run more workers;
  in a container, about a third of its memory limit.
* \`WORKFLOW_BUNDLE\` saves a start the second or two of bundling; it must be made from the same sources.
`,
  },
  FAIR_SHARES: {
    title: 'Invoices, and the gateway as workers call it',
    notes: `
* \`FAIR_SHARES\` counts for \`invoices\`. Sessions of agent runs and subscribers of webhooks always take turns; the other queues have no
  keys that could, or go strictly in order.
* \`MAPPINGS_DIR\` is read by the API, which refuses unknown mappings, and by the gateway, at its start.
* With the defaults the tries of a job are used up after 15 to 31 s of waiting in all (1, 2, 4, 8 and 16 s, up to half of it
  less by chance). 12 tries wait for 3 to 6 minutes. Where the gateway is out of order, and not the job at fault, it then
  waits up to \`GATEWAY_MAX_WAIT\` (docs/what-happens-if.md).
* \`GATEWAY_MAX_WAIT\` must be the same for starters and workers; it also is added to each job's deadline of a day.
* \`Retry-After\` of the gateway makes a wait longer, never shorter.
* A try that is broken off by a worker that is told to stop, or by an outage of Postgres, counts for none. One whose worker
  was killed counts.
* A user and password in \`GATEWAY_URL\` are sent as basic authentication.
`,
  },
  UPLOADS_CONCURRENCY: {
    title: 'Document uploads',
    notes: `
* Documents lie below \`UPLOAD_ROOT\`, their texts beside them, and texts that are not whole yet in \`.parsing\` below it:
  workers must be able to write there. \`MAX_UPLOAD_BYTES\` is the largest document.
* \`UPLOADS_CONCURRENCY\` × (\`UPLOADS_MEMORY\` + 256 MiB) is what reading PDFs may use at most, besides the worker itself. A
  PDF that wants more fails with \`BAD_DOCUMENT\`.
* A page that takes longer than \`UPLOADS_PAGE_TIMEOUT\` is tried three times, then the job fails.
`,
  },
  GATEWAY_HOST: {
    title: 'The reference gateway',
    notes: `
* \`GATEWAY_PROCESS_TIMEOUT\` should be below \`GATEWAY_TIMEOUT\`: else the worker hangs up first, and the row does not get
  the gateway's own reason.
* \`GATEWAY_CONCURRENCY\` × \`GATEWAY_MEMORY\` is what conversions may use at most, besides some 100 MB for each process. For
  each running conversion 20 more may wait; beyond, the gateway answers 503, and workers try again.
`,
  },
  MCP_SERVERS: {
    title: 'Agent runs',
    notes: `
* \`AGENT_MAX_IN_FLIGHT\` must be the same for all starters. Good: \`CONCURRENCY\` × the number of workers (3 × 4).
* A program that \`MCP_SERVERS\` names is started in the workspace of the run, with its \`env\` and what
  \`COMMAND_ENVIRONMENT\` lets it see; it is ended with all its children when the run ends, is canceled or takes too long. In the
  [sandbox](security.md#the-sandbox) it reads its own program and packages only where \`COMMAND_READABLE\` names them, unless they lie in \`/usr\`.
* The workspace of a run is removed when it ends, is canceled, fails, asks something, or loses its row. That of a worker that was killed is removed
  by the next run of its lane, and when it is two days old, by the next of any. With \`AGENT_KEEP_WORKSPACE=on\` it stays until the next run
  of its lane.
* \`AGENT_REPOSITORY\` needs all its objects: a partial clone (\`--filter\`) or one with a reftable does not work.
* \`AGENT_REPOSITORY\`, \`AGENT_WORKSPACES\` and \`RESULT_ROOT\` must be the same storage for all workers: over several hosts a
  shared file system.
`,
  },
  BUILD_ROOT: {
    title: 'Builds and deployments',
    notes: `
* \`BUILD_ROOT\` and \`DEPLOY_ROOT\` must be the same storage for all workers that serve \`builds\` and \`deployments\`.
* Without \`BUILD_REPOSITORIES\` and \`BUILD_LOCAL_ROOTS\` no repository is built. Whoever may write to a repository that is
  allowed, or may insert a row while \`BUILD_COMMAND_OVERRIDE\` is on, runs programs as the account of the worker, in the
  [sandbox](security.md#the-sandbox) or, without one, with its files and its network.
* In the sandbox a build that installs packages needs \`BUILD_EGRESS\`: \`registry.npmjs.org:443\`, or \`pypi.org:443,files.pythonhosted.org:443\`.
* Git asks nobody for a password, reads nobody's configuration and follows no redirect. Over https: repositories that all may read; an
  authority of your own is named by \`GIT_SSL_CAINFO\`, put into \`COMMAND_ENVIRONMENT\`. Over ssh: the key and the \`known_hosts\`
  of the account of the worker, in its \`~/.ssh\` whatever \`HOME\` says (by the units of \`deploy/systemd\`: \`/var/lib/switchyard/.ssh\`); a host that is not known there is refused. Without
  the sandbox a build command can read that key: give it to one repository alone, and only for reading.
* \`BUILD_CONCURRENCY\` × \`BUILD_MEMORY\` is what the builds of one worker may use, but for what they take between two looks.
`,
  },
  COMMAND_ENVIRONMENT: {
    title: 'Commands that workers run',
    notes: `
* Never name a variable in \`COMMAND_ENVIRONMENT\` that holds a secret: what strangers wrote can read it. \`HOME\` is a folder of the job.
* \`BUILD_MEMORY\` and \`AGENT_TOOL_MEMORY\` count the resident memory of the command and all that it started, four times a second; who
  holds more is ended. A process that left the session of the command is counted on Linux as long as it has its environment;
  elsewhere, those of the command's process group alone are. In the [sandbox](security.md#the-sandbox) all are counted. The limits of a container are the
  firm ones.
* \`COMMAND_SANDBOX\`: what it does and what not, and what containers need for it: [security.md](security.md#the-sandbox). A file that a variable of
  \`COMMAND_ENVIRONMENT\` names, such as \`GIT_SSL_CAINFO\`, must be in \`COMMAND_READABLE\`.
`,
  },
  DB_SCHEMA: {
    title: 'Capture sessions (`QUEUES=capture-sessions`)',
    notes: `
* \`DB_SCHEMA\` and the five words must be the same for starters, workers and \`npm run migrate\`, which makes or adopts the tables
  by them. The words must all differ, and must cover the states of all rows that are there; otherwise it says so and changes nothing.
* Stop the older workers before starters come up. Their rows in flight are taken over when nothing else waits and their lease
  has run out.
`,
  },
  POSTGRES_PORT: {
    title: '`npm start`',
    notes: `
* \`API_PORT\` and \`GATEWAY_PORT\` count for \`npm start\` too.
* A part that is named by \`DATABASE_URL\`, \`TEMPORAL_ADDRESS\` or \`GATEWAY_URL\` is used as it is, and not started.
`,
  },
};

const head = `# Settings

Every setting is an environment variable. A process reads and checks all of them once, at its start, and refuses to start
with one that is wrong: it names the setting, the value it got and what it wants. An empty variable counts as not set.
All times are in milliseconds, all sizes in bytes unless a line says otherwise.

This page is written by \`npm run settings\` from \`src/settings\`, \`server/settings.ts\` and the \`settings.ts\` of each pipeline.
`;

const temporal = `
## Temporal

Where Temporal is, and how to get in, is said by Temporal's own
[environment configuration](https://docs.temporal.io/develop/environment-configuration), the same for starter and worker:

| setting | meaning |
| --- | --- |
| \`TEMPORAL_ADDRESS\` | host and port of the frontend, without a scheme (default \`localhost:7233\`) |
| \`TEMPORAL_NAMESPACE\` | the namespace (default \`default\`); it must exist |
| \`TEMPORAL_API_KEY\` | for Temporal Cloud; turns TLS on |
| \`TEMPORAL_TLS\` | \`true\` turns TLS on |
| \`TEMPORAL_TLS_CLIENT_CERT_PATH\`, \`TEMPORAL_TLS_CLIENT_KEY_PATH\` | certificate and key for mTLS (or, with \`_DATA\` for \`_PATH\`, the PEM text itself) |
| \`TEMPORAL_TLS_SERVER_CA_CERT_PATH\` | the authority that signed the server's certificate (or \`_DATA\`) |
| \`TEMPORAL_TLS_SERVER_NAME\` | the name that the server's certificate must have, where it is not that of the address |
| \`TEMPORAL_GRPC_META_…\` | a header of every call |
| \`TEMPORAL_CONFIG_FILE\` | a TOML file with profiles that hold all of these (default \`temporalio/temporal.toml\` in the user's configuration folder) |
| \`TEMPORAL_PROFILE\` | which of its profiles (default \`default\`); variables go before what it says |

A namespace of Temporal Cloud, for example:

\`\`\`sh
export TEMPORAL_ADDRESS=my-space.a1b2c.tmprl.cloud:7233 TEMPORAL_NAMESPACE=my-space.a1b2c TEMPORAL_API_KEY=…
\`\`\`

The namespace should have four search attributes of type Keyword: \`SwitchyardQueue\`, \`SwitchyardName\`, \`SwitchyardDatabase\`,
\`SwitchyardErrorCode\`. Starter and worker add them where they may. Where they may not, as in Temporal Cloud, they say once the command that
does, and go on without: jobs cannot be searched by these in Temporal's Web UI then, and of two queues that share a workflow type and a task
queue, and of plain workflows, the reconciler does not look for workflows without a row. They are used once they are there.

They are what a start costs Temporal most beside itself (see [benchmarks.md](benchmarks.md)), so \`SEARCH_ATTRIBUTES\` says which are given, the same for starters and workers:

| \`SEARCH_ATTRIBUTES\` | workflows have | what is lost |
| --- | --- | --- |
| \`all\` | queue, name, database, and the error code of those that fail | nothing |
| \`names\` | queue, name, and the error code of those that fail | a copy of a database that shares a namespace is told from it by its task queue alone |
| \`off\` | only those that a row of a watched queue names | what a namespace without them loses, and the above |
`;

/** The page and the example file, by their paths from the root of the checkout. */
export function settingsDocs(): Record<string, string> {
  let page = head;
  let example =
    '# Every setting, with its default. Copy to .env, change what you need, and load it: set -a; . ./.env; set +a\n';
  let notes = '';
  for (const { name, about, wants, secret } of Object.values(settingsTable)) {
    const group = groups[name];
    if (group !== undefined) {
      page += `${notes}\n## ${group.title}\n\n| setting | meaning | value |\n| --- | --- | --- |\n`;
      example += `\n# ${group.title.replaceAll('`', '')}\n`;
      notes = group.notes;
    }
    page += `| \`${name}\` | ${cell(about)}${secret ? ' (never logged)' : ''} | ${cell(wants)} |\n`;
    example += `# ${about}\n#   ${wants}\n# ${name}=${/\(default (\S+)\)$/.exec(wants)?.[1] ?? ''}\n`;
  }
  return { 'docs/settings.md': page + notes + temporal, '.env.example': example };
}

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('<', '&lt;');

if (import.meta.main) {
  for (const [path, text] of Object.entries(settingsDocs())) {
    writeFileSync(new URL(`../${path}`, import.meta.url), text);
  }
}
