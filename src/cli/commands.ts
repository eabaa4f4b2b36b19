import type { Command } from './command.ts';

interface Entry {
  /** What it does, in one line. */
  readonly summary: string;
  /** What one command needs costs the others nothing, and need not be installed for them. */
  load(): Promise<Command>;
}

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
]);
