import type { ProcessContext } from './process.ts';
import type { Settings } from './settings.ts';

type Run<S extends Settings> = (context: ProcessContext<S>) => Promise<void>;

/**
 * Hosts several roles in one process, by their names, each with its own connections. When one fails the others are told to stop.
 * @throws what the first one failed with
 */
export async function hostRoles<S extends Settings>(
  context: ProcessContext<S>,
  roles: Readonly<Record<string, Run<S>>>,
): Promise<void> {
  const over = new AbortController();
  const signal = AbortSignal.any([context.signal, over.signal]);
  const running = Object.entries(roles).map(([role, run]) =>
    run({ ...context, signal, log: context.log.child({ role }) }).catch((error: unknown) => {
      over.abort();
      throw error;
    }),
  );
  const outcomes = await Promise.allSettled(running);
  const failure = outcomes.find((outcome) => outcome.status === 'rejected');
  if (failure !== undefined) throw failure.reason;
}
