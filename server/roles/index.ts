import type { ServerContext } from '../process.ts';

type Run = (context: ServerContext) => Promise<void>;

/** The roles of this server, each from settings to a clean end at the signal. What one needs costs the others nothing. */
export const roles = {
  starter: async (context) => (await import('./starter.ts')).starter(context),
  worker: async (context) => (await import('./worker.ts')).worker(context),
  api: async (context) => (await import('./api.ts')).api(context),
  gateway: async (context) => (await import('./gateway.ts')).gateway(context),
} satisfies Record<string, Run>;
