import type { ProcessContext } from '../platform/process.ts';
import type { Application } from './application.ts';

type Run = (context: ProcessContext, application: Application) => Promise<void>;

const queuesOf = ({ pipelines }: Application) => pipelines.flatMap(({ queues }) => queues);

/** The processes of an application. What one needs costs the others nothing, and need not be installed for them. */
export const roles: ReadonlyMap<string, Run> = new Map<string, Run>([
  [
    'starter',
    async (context, application) => {
      const { runStarter } = await import('../starter/run.ts');
      await runStarter(context, queuesOf(application));
    },
  ],
  [
    'worker',
    async (context, application) => {
      const { runWorker } = await import('../worker/run.ts');
      const queues = queuesOf(application);
      await runWorker(context, { ...application, queues, served: queues });
    },
  ],
  [
    'api',
    async (context, application) => {
      const { runApi } = await import('../api/run.ts');
      await runApi(context, { queues: queuesOf(application), plugins: application.plugins ?? [] });
    },
  ],
]);
