import { runProcess, type ServerContext } from './process.ts';
import { roles } from './roles/index.ts';

/**
 * Several roles in one process (`ROLES`), each with its own connections. When one fails the others are told to stop,
 * and the process ends with its failure.
 */
async function serve(context: ServerContext): Promise<void> {
  const failed = new AbortController();
  const signal = AbortSignal.any([context.signal, failed.signal]);
  const running = context.settings.roles.map((role) =>
    roles[role]({ ...context, signal, log: context.log.child({ role }) }).catch((error: unknown) => {
      failed.abort();
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(running);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}

await runProcess('serve', serve);
