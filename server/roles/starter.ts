import { runStarter } from 'pg-switchyard/starter';
import type { ServerContext } from '../process.ts';
import { servedQueues } from '../queues.ts';

export const starter = (context: ServerContext): Promise<void> =>
  runStarter(context, servedQueues(context.settings));
