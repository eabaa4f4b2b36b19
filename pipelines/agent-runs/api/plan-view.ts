import { z } from 'zod';

/** A step of a plan as the API answers it. */
export interface StepView {
  id: string;
  kind: 'call' | 'question';
  /** The server and the tool of a call; what a question asks. */
  what: string;
  state: 'done' | 'current' | 'failed' | 'next';
}

/** Rows may hold any JSON; what is wrong with a plan the run itself says, as its error. */
const plan = z.array(
  z.object({
    id: z.string(),
    ask: z.string().optional(),
    server: z.string().optional(),
    tool: z.string().optional(),
  }),
);
const progress = z.object({ done: z.array(z.string()) });

/** The steps with where the run is; none for a plan that cannot be read. */
export function planView(row: { plan: unknown; progress: unknown; status: string }): StepView[] {
  const steps = plan.safeParse(row.plan).data ?? [];
  const done = new Set(progress.safeParse(row.progress).data?.done);
  const at = steps.findIndex(({ id }) => !done.has(id));
  return steps.map(({ id, ask, server, tool }, i) => ({
    id,
    kind: ask === undefined ? 'call' : 'question',
    what: ask ?? `${server ?? '?'}/${tool ?? '?'}`,
    state: done.has(id) ? 'done' : i === at ? stateOfFirst(row.status) : 'next',
  }));
}

/** Of the first step that is not done. */
function stateOfFirst(status: string): StepView['state'] {
  if (status === 'running' || status === 'waiting_input') return 'current';
  return status === 'failed' ? 'failed' : 'next';
}
