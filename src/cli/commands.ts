import type { Entry } from './command.ts';

/** All commands of `switchyard`; each has a file. */
export const commands: ReadonlyMap<string, Entry> = new Map<string, Entry>([
  [
    'init',
    {
      summary: 'makes the schema in the database, or prints it as a migration',
      load: async () => (await import('./init.ts')).init,
    },
  ],
  [
    'start',
    {
      summary: 'runs a process: it serves all queues of the registry, or an application',
      load: async () => (await import('./start.ts')).start,
    },
  ],
  [
    'migrate',
    {
      summary: 'brings the database up to date',
      load: async () => (await import('./migrate.ts')).migrate,
    },
  ],
  [
    'identity',
    {
      summary: 'decides which database this is, after a copy, restore or move',
      load: async () => (await import('./identity.ts')).identity,
    },
  ],
  [
    'token',
    {
      summary: 'makes, lists and revokes tokens of the API',
      load: async () => (await import('./api-token.ts')).apiToken,
    },
  ],
  [
    'add-queue',
    {
      summary: 'makes a queue, of a table of yours or of its own',
      load: async () => (await import('./add-queue.ts')).addQueue,
    },
  ],
  [
    'sync',
    {
      summary: 'makes and changes the queues that a module defines',
      load: async () => (await import('./sync.ts')).sync,
    },
  ],
  [
    'drop-queue',
    {
      summary: 'removes a queue',
      load: async () => (await import('./drop-queue.ts')).dropQueue,
    },
  ],
  [
    'doctor',
    {
      summary: 'says what is wrong with database, Temporal, processes and queues',
      load: async () => (await import('./doctor.ts')).doctor,
    },
  ],
  [
    'status',
    {
      summary: 'shows all queues, or one',
      load: async () => (await import('./status.ts')).status,
    },
  ],
  [
    'queues',
    {
      summary: 'shows all queues: what waits, runs, is paused and how fast',
      load: async () => (await import('./queues.ts')).queues,
    },
  ],
  [
    'jobs',
    {
      summary: 'lists the jobs of a queue',
      load: async () => (await import('./jobs.ts')).jobs,
    },
  ],
  [
    'job',
    {
      summary: 'shows one job, with all that happened to it',
      load: async () => (await import('./job.ts')).job,
    },
  ],
  [
    'why',
    {
      summary: 'says why a job is not running',
      load: async () => (await import('./why.ts')).why,
    },
  ],
  [
    'watch',
    {
      summary: 'prints what happens to a job, or to all of a queue',
      load: async () => (await import('./watch.ts')).watch,
    },
  ],
  [
    'cancel',
    {
      summary: 'cancels a job',
      load: async () => (await import('./cancel.ts')).cancel,
    },
  ],
  [
    'retry',
    {
      summary: 'has a job that has ended run again',
      load: async () => (await import('./retry.ts')).retry,
    },
  ],
  [
    'signal',
    {
      summary: 'sends a signal to the workflow of a job',
      load: async () => (await import('./signal.ts')).signal,
    },
  ],
  [
    'redrive',
    {
      summary: 'retries or cancels many jobs, at a steady rate',
      load: async () => (await import('./redrive.ts')).redrive,
    },
  ],
  [
    'pause',
    {
      summary: 'starts no more jobs of a queue, a key or a system',
      load: async () => (await import('./pause.ts')).pause,
    },
  ],
  [
    'resume',
    {
      summary: 'ends a pause',
      load: async () => (await import('./resume.ts')).resume,
    },
  ],
  [
    'limits',
    {
      summary: 'shows and sets the limits of a queue and its keys',
      load: async () => (await import('./limits.ts')).limits,
    },
  ],
  [
    'objectives',
    {
      summary: 'shows and sets how soon jobs are to start and to end',
      load: async () => (await import('./objectives.ts')).objectives,
    },
  ],
  [
    'completion',
    {
      summary: 'completes commands, flags and queues in bash, zsh and fish',
      load: async () => (await import('./completion.ts')).completionOf(commands),
    },
  ],
]);
